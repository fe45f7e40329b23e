"""Stop an agent that uses too many tools, or one of them again and again in the same way."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING

from llmspell.errors import AgentStopped
from llmspell.journal.snapshot import pack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmspell.agents.spec import AgentSpec
    from llmspell.models.messages import ToolCall, Value


class Guard:
    """Counts the tool calls of one execution. Not shared: an execution has one of its own.

    Attributes:
        n_calls: How many there were.
        most_identical: How often the one was made that was made most often.
    """

    __slots__ = ("_max_calls", "_max_identical", "_name", "_seen", "most_identical", "n_calls")

    def __init__(self, spec: AgentSpec) -> None:
        self._name = spec.name
        self._max_calls = spec.max_tool_calls
        self._max_identical = spec.max_identical_calls
        self.n_calls = 0
        self.most_identical = 0
        self._seen: dict[Hashable, int] = {}

    def admit(self, calls: Sequence[ToolCall]) -> list[str]:
        """Count the calls of one turn, before any of them is made.

        Returns:
            For each of them what the model is to be told beside the answer; empty in nearly all cases.

        Raises:
            AgentStopped: One more than `max_tool_calls` (`max_tool_calls`), or than `max_identical_calls`
                (`repeated_call`); none of them is to be made.
        """
        self.n_calls += len(calls)
        if self._max_calls is not None and self.n_calls > self._max_calls:
            raise AgentStopped(
                f"the agent {self._name} wants to make tool call {self.n_calls}, it may make {self._max_calls}",
                hint="raise max_tool_calls, or ask for less at a time",
                details={"reason": "max_tool_calls", "limit": self._max_calls},
            )
        return [self._warning(it) for it in calls]

    def _warning(self, call: ToolCall) -> str:
        try:
            identity: Hashable = (call.name, canonical(call.arguments) if call.arguments else call.raw.strip())
        except RecursionError:  # as deep as a parser allows
            identity = (call.name, pack(call.arguments))
        n_times = self._seen[identity] = self._seen.get(identity, 0) + 1
        self.most_identical = max(self.most_identical, n_times)
        if n_times > self._max_identical:
            raise AgentStopped(
                f"the agent {self._name} wants to call {call.name} with the same arguments once more, "
                f"after {n_times - 1} times",
                hint="say in the system prompt what to do when an answer does not help, or raise max_identical_calls",
                details={
                    "reason": "repeated_call",
                    "tool": call.name,
                    "arguments": dict(call.arguments),
                    "times": n_times,
                },
            )
        if n_times == self._max_identical > 1:
            return f"(You have now made exactly this call {n_times} times. Do not make it again: use what you know.)"
        return ""


def canonical(value: Value) -> Hashable:
    """The same for values that are the same as JSON: whatever the order of keys, and 3.0 is 3."""
    if isinstance(value, Mapping):
        return ("table", frozenset((key, canonical(it)) for key, it in value.items()))
    if isinstance(value, list | tuple):
        return ("list", tuple([canonical(it) for it in value]))
    if isinstance(value, bool):
        return ("boolean", value)  # which is equal to 1 or 0
    return value if isinstance(value, str | int | float | bytes | None) else repr(value)
