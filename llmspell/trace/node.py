"""One thing that happened in a run, with what happened inside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from llmspell.errors import exit_code_of
from llmspell.journal.entries import NO_USAGE, Entry, Usage
from llmspell.trace.wording import detail_of

# call, effect, invocation: as of `Entry` · task: a task of the script's that has no entry · checkpoint: a named place
# gone: known only by its key, because its process was killed before it could say more
What = Literal["run", "call", "effect", "invocation", "task", "checkpoint", "gone"]

# cancelled: stopped from outside · running: under way
# unfinished: begun, and its process has ended; it can be done again · unknown: the same, but it must not be done twice
State = Literal["ok", "failed", "denied", "cancelled", "running", "unfinished", "unknown"]

_DENIED_EXIT = 77


@dataclass(slots=True, eq=False)
class Node:
    """A place in the tree.

    Attributes:
        key: The entry's; a task's path for a task.
        number: Of a call of the script's, 1 for the first; 0 for all else.
        opened: Its place in the order of beginnings.
        ended_at: None where it has not ended, or nobody knows.
        usage, cost_usd: Its own and those of all that is inside it; what was reused costs nothing again.
        checkpoint: The label that the script gave to this place.
        remarks: What was noted there, by kind, in words.
        sources: What the run read there: the label that it brought, and where from.
        n_inside: How many nodes are inside it, at any depth.
        is_well: It and all that is inside it went well.
    """

    key: str
    what: What
    title: str
    state: State = "ok"
    started_at: float = 0.0
    ended_at: float | None = None
    opened: int = 0
    entry: Entry | None = None
    number: int = 0
    usage: Usage = NO_USAGE
    cost_usd: float = 0.0
    checkpoint: str = ""
    remarks: list[tuple[str, str]] = field(default_factory=list)
    sources: list[tuple[str, str]] = field(default_factory=list)
    children: list[Node] = field(default_factory=list)
    n_inside: int = 0
    is_well: bool = True

    @property
    def took_s(self) -> float | None:
        """How long it took; None where it has not ended."""
        return None if self.ended_at is None else max(0.0, self.ended_at - self.started_at)

    @property
    def is_reused(self) -> bool:
        """Whether it was answered from the record of an earlier run."""
        return self.entry is not None and self.entry.reused

    @property
    def detail(self) -> str:
        """What it was done with, in a few words; may hold any characters. Read anew each time."""
        return "" if self.entry is None else detail_of(self.entry.kind, self.entry.args)

    @property
    def tokens(self) -> int:
        return self.usage.input_tokens + self.usage.output_tokens

    def walk(self) -> Iterator[tuple[int, Node]]:
        """Each node with its depth, this one first at 0, in the order in which they are shown."""
        pending = [(0, self)]
        while pending:
            depth, node = pending.pop()
            yield depth, node
            pending += [(depth + 1, it) for it in reversed(node.children)]


def state_of(entry: Entry, *, is_over: bool) -> State:
    """What became of an entry.

    Args:
        is_over: Its run has ended, so that what has not ended never will.
    """
    if entry.error is not None:
        return state_of_error(str(entry.error.get("code", "")))
    if entry.ended_at is not None:
        return "ok"
    if not is_over:
        return "running"
    return "unfinished" if entry.idempotent else "unknown"


def state_of_error(code: str) -> State:
    """What an error's code says of what it has ended."""
    if code in ("cancelled", "terminated"):
        return "cancelled"
    return "denied" if exit_code_of(code) == _DENIED_EXIT else "failed"
