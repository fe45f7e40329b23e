"""A workflow's graph for a terminal: one line for each step, what runs at the same time together, drawn as a tree.

    news · dag                            A step stands beneath those that it waits for. Without a line between them,
    │                                     steps run at the same time. `◂` names whom a step waits for where that is not
    ├─● fetch (http-requester)  tool      simply all of those before it, and in brackets when it is taken.
    ├─● read (file-operations)  tool
    │
    ╰─● merge (writer)  agent  ◂ fetch (http-requester) [score > 3]

Takes any number of steps: nothing is wider than what is asked for, and each step takes a line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from llmspell.cells import cut, one_line, padded, width_of
from llmspell.workflows.pictures.parts import Link, Part, picture_of

if TYPE_CHECKING:
    from llmspell.workflows.graph import Graph

MAX_NAME_CELLS = 40  # to which names of one level are padded
_MAX_SOURCES = 4  # that are named beside a step
_HIDDEN = ("start", "end", "fork", "join")  # that is said by how the others stand
_SHOWN_BY_SIGN = ("decision", "branch", "loop")
_SIGNS = {"decision": "choice", "loop": "loop"}

UNICODE: Mapping[str, str] = {
    "bar": "│",
    "tee": "├─",
    "end": "╰─",
    "step": "●",
    "choice": "◆",
    "group": "■",
    "loop": "↻",
    "from": "◂",
    "back": "↺",
    "dot": "·",
    "cut": "…",
}
ASCII: Mapping[str, str] = {
    "bar": "|",
    "tee": "|-",
    "end": "`-",
    "step": "*",
    "choice": "?",
    "group": "#",
    "loop": "@",
    "from": "<-",
    "back": "loop",
    "dot": "-",
    "cut": "...",
}


def to_outline(graph: Graph, *, width: int = 100, ascii_only: bool = False) -> str:
    """The lines of the drawing, with a newline after each.

    Args:
        width: Cells of the terminal; a longer line is cut.
        ascii_only: Nothing but ASCII, for a terminal that shows nothing else.
    """
    picture = picture_of(graph)
    signs = ASCII if ascii_only else UNICODE
    drawing = _Drawing(picture.links, signs)
    lines = [f"{graph.name} {signs['dot']} {graph.kind}", *drawing.parts(picture.top, "")]
    shown = (it.encode("ascii", "backslashreplace").decode() if ascii_only else it for it in map(one_line, lines))
    return "".join(f"{cut(it, width, signs['cut']).rstrip()}\n" for it in shown)


class _Drawing:
    def __init__(self, links: Sequence[Link], signs: Mapping[str, str]) -> None:
        self._signs = signs
        # By what they lead to, with what they come from beside it: both within the same part.
        self._incoming: dict[Part, list[tuple[Part, Link]]] = {}
        self._back: dict[Part, list[Link]] = {}
        for link in links:
            if link.kind == "again":
                self._back.setdefault(link.source, []).append(link)
            elif (ends := _siblings(link.source, link.target)) is not None:
                self._incoming.setdefault(ends[1], []).append((ends[0], link))

    def parts(self, parts: Sequence[Part], indent: str) -> Iterator[str]:
        levels: dict[int, list[Part]] = {}
        for part in parts:
            if part.kind not in _HIDDEN:
                levels.setdefault(part.level, []).append(part)
        before: list[Part] = []
        last = max(levels, default=0)
        for number, level in sorted(levels.items()):
            yield indent + self._signs["bar"]
            names = min(MAX_NAME_CELLS, max(width_of(one_line(it.label)) for it in level))
            for i, part in enumerate(level):
                yield from self._part(part, before, names, indent, is_last=number == last and i == len(level) - 1)
            before = level

    def _part(self, part: Part, before: Sequence[Part], names: int, indent: str, *, is_last: bool) -> Iterator[str]:
        signs = self._signs
        sign = signs["group" if part.members else _SIGNS.get(part.kind, "step")]
        kind = "" if part.kind in _SHOWN_BY_SIGN else part.kind
        notes = [padded(one_line(part.label), names), kind, self._comes_from(part, before)]
        notes += [f"{signs['back']} {_named(it.target.name, it.label)}" for it in self._back.get(part, ())]
        shown = "  ".join(it for it in notes if it)
        yield f"{indent}{signs['end' if is_last else 'tee']}{sign} {shown}"
        if part.members:
            yield from self.parts(part.members, indent + padded("" if is_last else signs["bar"], 3))

    def _comes_from(self, part: Part, before: Sequence[Part]) -> str:
        """Whom it waits for, where that is anything but all those of the level before, without a condition."""
        incoming = [it for it in self._incoming.get(part, ()) if it[0].kind not in _HIDDEN or it[1].label]
        if all(link.kind == "then" and not link.label for _, link in incoming):
            sources = {it for it, _ in incoming}
            if not sources or sources == set(before):
                return ""
        shown = list(dict.fromkeys(_source(source, link) for source, link in incoming))
        if len(shown) > _MAX_SOURCES:
            shown[_MAX_SOURCES - 1 :] = [f"{len(shown) - _MAX_SOURCES + 1} more"]
        return f"{self._signs['from']} {', '.join(shown)}"


def _source(part: Part, link: Link) -> str:
    label = link.label or ("" if link.kind == "then" else link.kind)
    return one_line(f"[{label}]") if part.kind == "decision" and label else _named(part.name, label)


def _named(name: str, label: str) -> str:
    return one_line(f"{name} [{label}]" if label else name)


def _siblings(source: Part, target: Part) -> tuple[Part, Part] | None:
    """The two parts around source and target that lie within the same one; None where one is within the other."""
    chain = {}
    part: Part | None = source
    while part is not None:
        chain[part.around] = part
        part = part.around
    part = target
    while part is not None:
        if part.around in chain:
            other = chain[part.around]
            return None if other is part else (other, part)
        part = part.around
    return None
