"""`Streaming`: declared here, implemented by each engine."""

from __future__ import annotations

from typing import Annotated, Protocol

from llmspell.interface.declare import Callback, method, script_global, script_object
from llmspell.tools.protocol import Value


@script_object("Stream")
class Stream(Protocol):
    """Values that come one after the other. In Python it can also be iterated over."""

    @method(place="worker")
    def next(self) -> Value:
        """The next value. Waits for it; other tasks go on meanwhile.

        Returns:
            nil when there are no more.

        Raises:
            LLMSpellError: Whatever the producing function raised.
        """
        ...

    @method(place="worker", aliases=("isDone",))
    def is_done(self) -> bool:
        """Whether the last value has been taken."""
        ...

    @method(place="worker")
    def collect(self) -> list[Value]:
        """Wait for all values that are left."""
        ...


@script_global("Streaming")
class StreamingGlobal(Protocol):
    """Produce values in one task and use them in another."""

    @method(place="worker")
    def create(self, fn: Annotated[Callback, "emit -> nil"]) -> Stream:
        """A stream of what a function emits.

        Args:
            fn: Calls `emit(value)` for each value, which waits until it is taken. It runs only as far as the stream
                is read. In Lua it may also yield the values, and in Python it may be a generator function.
        """
        ...
