"""A workflow's graph for a terminal: one line for each step, what runs at the same time together, drawn as a tree.

    news · dag                            A step stands beneath those that it waits for. Without a line between them,
    │                                     steps run at the same time. `◂` names whom a step waits for where that is not
    ├─● fetch  tool http-requester        simply all of those before it, and in brackets under which condition.
    ├─● read   tool file-operations
    │
    ╰─● merge  agent writer  ◂ fetch [score > 3]

Takes any number of steps: nothing is wider than what is asked for, and each step takes a line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from llmspell.workflows.pictures.cells import cut, one_line, padded, width_of
from llmspell.workflows.pictures.parts import Link, Part, picture_of

if TYPE_CHECKING:
    from llmspell.workflows.graph import Graph

MAX_NAME_CELLS = 32  # to which names of one level are padded
_MAX_SOURCES = 4  # that are named beside a step

UNICODE: Mapping[str, str] = {
    "bar": "│",
    "tee": "├─",
    "end": "╰─",
    "step": "●",
    "choice": "◆",
    "group": "■",
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
    title = _title(graph.name or "workflow", graph.label, signs)
    lines = [title, *drawing.parts(picture.top, None, "")]
    shown = (it.encode("ascii", "backslashreplace").decode() if ascii_only else it for it in map(one_line, lines))
    return "".join(f"{cut(it, width, signs['cut']).rstrip()}\n" for it in shown)


def _title(name: str, label: str, signs: Mapping[str, str]) -> str:
    return f"{name} {signs['dot']} {label}" if label else name


class _Drawing:
    def __init__(self, links: Sequence[Link], signs: Mapping[str, str]) -> None:
        self._signs = signs
        # By what they lead to and where both ends lie within the same part: what a level is found by.
        self._incoming: dict[Part, list[tuple[Part, Link]]] = {}
        self._back: dict[Part, list[Link]] = {}
        for link in links:
            if link.kind == "loop":
                self._back.setdefault(link.source, []).append(link)
            elif (ends := _siblings(link.source, link.target)) is not None:
                self._incoming.setdefault(ends[1], []).append((ends[0], link))

    def parts(self, parts: Sequence[Part], around: Part | None, indent: str) -> Iterator[str]:
        levels = _levels(parts, self._incoming)
        before: list[Part] = []
        for number, level in enumerate(levels):
            yield indent + self._signs["bar"]
            names = min(MAX_NAME_CELLS, max(width_of(one_line(it.name)) for it in level))
            for i, part in enumerate(level):
                is_last = number == len(levels) - 1 and i == len(level) - 1
                yield from self._part(part, before, names, indent, is_last=is_last)
            before = level

    def _part(self, part: Part, before: Sequence[Part], names: int, indent: str, *, is_last: bool) -> Iterator[str]:
        signs = self._signs
        sign = signs["group"] if part.members else signs["choice"] if part.kind == "condition" else signs["step"]
        notes = [padded(one_line(part.name), names), one_line(part.label), self._comes_from(part, before)]
        notes += [f"{signs['back']} {_named(it.target.name, it.label)}" for it in self._back.get(part, ())]
        shown = "  ".join(it for it in notes if it)
        yield f"{indent}{signs['end' if is_last else 'tee']}{sign} {shown}"
        if part.members:
            inner = indent + padded("" if is_last else signs["bar"], 3)
            yield from self.parts(part.members, part, inner)

    def _comes_from(self, part: Part, before: Sequence[Part]) -> str:
        """Whom it waits for, where that is anything but all those of the level before, without a condition."""
        incoming = self._incoming.get(part, ())
        if not incoming:
            return ""
        is_plain = all(not link.label and link.source is source and link.target is part for source, link in incoming)
        if is_plain and {it for it, _ in incoming} == set(before):
            return ""
        shown = [_named(link.source.name, link.label) for _, link in incoming]
        if len(shown) > _MAX_SOURCES:
            shown[_MAX_SOURCES - 1 :] = [f"{len(shown) - _MAX_SOURCES + 1} more"]
        return f"{self._signs['from']} {', '.join(shown)}"


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


def _levels(parts: Sequence[Part], incoming: Mapping[Part, Sequence[tuple[Part, Link]]]) -> list[list[Part]]:
    """Parts that may run at the same time, in the order in which they run; within a level in the graph's order.

    Where links go in a circle, which no valid workflow has, the circle's parts follow at the end."""
    waits = {part: {source for source, _ in incoming.get(part, ())} for part in parts}
    followers: dict[Part, list[Part]] = {}
    for part in parts:
        for source in waits[part]:
            followers.setdefault(source, []).append(part)
    place = {part: i for i, part in enumerate(parts)}
    n_left = {part: len(sources) for part, sources in waits.items()}
    levels: list[list[Part]] = []
    level = [part for part in parts if not n_left[part]]
    n_seen = 0
    while level:
        levels.append(level)
        n_seen += len(level)
        following = []
        for part in level:
            for it in followers.get(part, ()):
                n_left[it] -= 1
                if not n_left[it]:
                    following.append(it)
        level = sorted(following, key=place.__getitem__)
    if n_seen < len(parts):
        levels.append([part for part in parts if n_left[part]])
    return levels
