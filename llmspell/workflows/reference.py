"""One reference, `steps.fetch.result.total`: what it points at. How it is written is in `references`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

from llmspell.errors import BadArgument

Root = Literal["input", "step", "loop", "shared", "previous", "workflow", "name"]

_SEGMENT = re.compile(r"""\.?([^.\[\]"'|{}]+)|\[(\d+|-\d+)\]|\[\s*"([^"]*)"\s*\]|\[\s*'([^']*)'\s*\]""")
_NAME = re.compile(r"\w[\w \-]*")
_OF_LOOPS = {
    "item": ("item",),
    "index": ("index",),
    "loop_value": ("item",),
    "loop_item": ("item",),
    "loop_index": ("index",),
}
_IN_LOOPS = {
    "current_item": "item",
    "current_value": "item",
    "value": "item",
    "current": "item",
    "current_index": "index",
    "index0": "index",
    "index1": "number",
    "first": "is_first",
}
_ROOTS = {"input": "input", "inputs": "input", "shared": "shared", "state": "shared", "loop": "loop"}


@dataclass(frozen=True, slots=True)
class Reference:
    """What one placeholder points at.

    Attributes:
        name: Of the step, or the name that is looked for (root `name`).
        shown: As it was written.
        at: Where it stands: a path in the workflow's table.
    """

    root: Root
    name: str
    path: tuple[str, ...]
    shown: str
    at: str


def parse_reference(text: str, at: str) -> Reference:
    """What a text such as `steps.fetch.result` points at.

    Raises:
        BadArgument: It is none.
    """
    shown = text.strip()
    if ":" in shown.split(".", 1)[0].split("[", 1)[0]:
        head, _, rest = shown.partition(":")
        name, _, tail = rest.partition(":")  # step:NAME:path, loop:current_item.key
        path = ".".join(filter(None, (head.strip(), name.strip(), tail.strip())))
        segments = _segments(path, shown, at)
    else:
        segments = _segments(shown, shown, at)
    head, rest_of = segments[0], segments[1:]
    if head in ("steps", "step") and rest_of:
        return Reference("step", rest_of[0], rest_of[1:], shown, at)
    if head in _OF_LOOPS:
        return Reference("loop", "", (*_OF_LOOPS[head], *rest_of), shown, at)
    if head == "loop" and rest_of:
        return Reference("loop", "", (_IN_LOOPS.get(rest_of[0], rest_of[0]), *rest_of[1:]), shown, at)
    if head in ("previous", "prev"):
        return Reference("previous", "", rest_of, shown, at)
    if head == "workflow":
        return Reference("workflow", "", rest_of, shown, at)
    if head in _ROOTS:
        root: Any = _ROOTS[head]
        return Reference(root, "", rest_of, shown, at)
    if _NAME.fullmatch(head) is None:
        raise _no_reference(shown, at)
    return Reference("name", head, rest_of, shown, at)


def _segments(path: str, shown: str, at: str) -> tuple[str, ...]:
    segments: list[str] = []
    end = 0
    while end < len(path):
        match = _SEGMENT.match(path, end)
        if match is None or (end == 0 and path[0] in ".["):
            raise _no_reference(shown, at)
        segments.append(next(it for it in match.groups() if it is not None).strip())
        end = match.end()
    if not segments or not all(segments) or len(segments) > 100:
        raise _no_reference(shown, at)
    return tuple(segments)


def _no_reference(shown: str, at: str) -> BadArgument:
    return BadArgument(
        f"{{{{{shown[:100]}}}}} is no reference",
        hint="such as {{input.key}} or {{steps.NAME.result}}; write \\{{ for two braces",
        details={"path": at},
    )
