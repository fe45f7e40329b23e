"""How much of a script's its agents keep in the host's memory, where no limit of the script's own process holds it.

A script may make thousands of agents, each with megabytes of instructions, and say megabytes to those that remember.
What is kept is counted here for all agents of a run together, by those who keep it."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Iterable, Mapping

from llmspell.errors import BadArgument
from llmspell.models.messages import Media, Message, Text, ToolCall, Value

_MB = 1024 * 1024
_EACH = 64  # about what any value takes beside what it says


class Held:
    """Counts what is held now. What an owner holds is given back when the owner is gone.

    Args:
        max_bytes: For all owners together; None is no limit.
        whose: Who the owners are, for messages.
        hint: What a script can do about it.
    """

    def __init__(
        self,
        max_bytes: int | None = None,
        *,
        whose: str = "the agents",
        hint: str = "let agents forget, keep windows instead of everything, or destroy agents that are done",
    ) -> None:
        self._max_bytes = max_bytes
        self._whose = whose
        self._hint = hint
        self._n_bytes: dict[int, int] = {}
        self._total = 0

    @property
    def n_bytes(self) -> int:
        """What all of them hold."""
        return self._total

    def hold(self, owner: object, n_bytes: int) -> None:
        """Note what an owner holds from now on, in place of what it held. Refuses nothing: see `check`."""
        key = id(owner)
        if key not in self._n_bytes:
            weakref.finalize(owner, self._let_go, key).atexit = False
        self._total += n_bytes - self._n_bytes.get(key, 0)
        self._n_bytes[key] = n_bytes

    def check(self) -> None:
        """Ask before more is kept.

        Raises:
            BadArgument: There is too much already.
        """
        if self._max_bytes is not None and self._total > self._max_bytes:
            raise BadArgument(
                f"{self._whose} of this run keep {self._total // _MB} MB in memory, "
                f"{max(1, self._max_bytes // _MB)} MB at most",
                hint=self._hint,
            )

    def _let_go(self, key: int) -> None:
        self._total -= self._n_bytes.pop(key)


def size_of(value: Value) -> int:
    """About how many bytes plain data and messages take in memory; anything else counts as one small value."""
    n_bytes = 0
    pending: list[Value] = [value]
    while pending:
        it = pending.pop()
        n_bytes += _EACH
        match it:
            case str() | bytes():
                n_bytes += sys.getsizeof(it)
            case Mapping():
                pending.extend(it.keys())
                pending.extend(it.values())
            case list() | tuple():
                pending.extend(it)
            case Message():
                pending += (it.parts, it.tool_calls, it.reasoning, it.opaque)
            case Text():
                pending.append(it.text)
            case Media():
                pending += (it.data, it.url)
            case ToolCall():
                pending += (it.arguments, it.raw)
    return n_bytes


def size_of_all(messages: Iterable[Message]) -> int:
    """The same for messages."""
    return sum(map(size_of, messages))
