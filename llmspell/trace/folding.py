"""Leave out of a long row of siblings what says nothing new."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from llmspell.journal.entries import NO_USAGE, Usage
from llmspell.trace.node import Node

ALIKE = 8  # so many in a row that are called the same are shown; of more, the first and the last
_FIRST, _LAST = 3, 1
SIBLINGS = 120  # of so many different ones some are left out, too


@dataclass(slots=True)
class Fold:
    """What stands for siblings that are left out.

    Attributes:
        title: What they are all called; empty where they differ.
        took_s: Of all together.
        sources: What was read in all of them, at any depth, as of `Node`.
    """

    n: int
    title: str
    took_s: float
    usage: Usage
    cost_usd: float
    first_number: int = 0
    last_number: int = 0
    sources: Sequence[tuple[str, str]] = ()

    @property
    def tokens(self) -> int:
        return self.usage.input_tokens + self.usage.output_tokens


def folded(siblings: Sequence[Node]) -> list[Node | Fold]:
    """The siblings, with folds for those that can be spared. What did not go well is never left out, nor a checkpoint;
    not where they are so many, though, that nobody would read them."""
    shown: list[Node | Fold] = []
    start = 0
    while start < len(siblings):
        end = start + 1
        if _is_plain(siblings[start]):
            while end < len(siblings) and siblings[end].title == siblings[start].title and _is_plain(siblings[end]):
                end += 1
        alike = siblings[start:end]
        if len(alike) > ALIKE:
            shown += [*alike[:_FIRST], _fold(alike[_FIRST:-_LAST]), *alike[-_LAST:]]
        else:
            shown += alike
        start = end
    return shown if len(shown) <= SIBLINGS else _fewer(siblings)


def _fewer(siblings: Sequence[Node]) -> list[Node | Fold]:
    """The first and last of very many, and, up to the same number, those that did not go well."""
    middle = siblings[SIBLINGS // 4 : -SIBLINGS // 8]
    spoken = [it for it in middle if not _is_plain(it)][:SIBLINGS]
    kept = {id(it) for it in spoken}
    shown: list[Node | Fold] = list(siblings[: SIBLINGS // 4])
    gap: list[Node] = []
    for it in middle:
        if id(it) not in kept:
            gap.append(it)
            continue
        if gap:
            shown.append(_fold(gap))
            gap = []
        shown.append(it)
    if gap:
        shown.append(_fold(gap))
    return [*shown, *siblings[-SIBLINGS // 8 :]]


def _is_plain(node: Node) -> bool:
    """Whether it went well, all in it did, and nothing was noted there but what was read."""
    return node.is_well and not node.checkpoint and not node.remarks


def _fold(nodes: Sequence[Node]) -> Fold:
    titles = {it.title for it in nodes}
    usage = NO_USAGE
    for it in nodes:
        usage += it.usage
    numbers = [it.number for it in nodes if it.number]
    return Fold(
        len(nodes),
        titles.pop() if len(titles) == 1 else "",
        sum(it.took_s or 0.0 for it in nodes),
        usage,
        sum(it.cost_usd for it in nodes),
        min(numbers, default=0),
        max(numbers, default=0),
        [source for it in nodes for _, inner in it.walk() for source in inner.sources],
    )
