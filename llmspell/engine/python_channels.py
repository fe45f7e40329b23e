"""Channels of Python scripts: queues between tasks."""

from __future__ import annotations

from .python_errors import LLMSpellError
from .python_sealed import Sealed, put

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from .python_engine import PythonEngine


class Channel(metaclass=Sealed):
    """A queue between tasks."""

    __slots__ = ("_closed", "_engine", "_key", "_sent", "_size", "_taken", "_values")
    _engine: PythonEngine
    _key: int
    _size: int
    _values: list[Any]
    _sent: int
    _taken: int
    _closed: bool

    def send(self, value: Any, /) -> None:
        """Hand a value over; with size 0 until somebody has taken it."""
        if self._closed:
            raise LLMSpellError("the channel is closed", code="channel_closed")
        if value is None:
            raise LLMSpellError("None cannot be sent; it means that the channel is closed", code="bad_argument")
        self._values.append(value)
        put(self, "_sent", self._sent + 1)
        mine = self._sent
        self._engine.host.unpark(self._key)
        while mine > self._taken + self._size and not self._closed:
            self._engine.step(("park", self._key))

    def receive(self) -> Any:
        """The next value, or None when the channel is closed and empty."""
        while not self._values:
            if self._closed:
                return None
            self._engine.step(("park", self._key))
        value = self._values.pop(0)
        put(self, "_taken", self._taken + 1)
        self._engine.host.unpark(self._key)
        return value

    recv = receive

    def close(self) -> None:
        put(self, "_closed", True)
        self._engine.host.unpark(self._key)

    def __iter__(self) -> Iterator[Any]:
        while self._values or not self._closed:
            if not self._values:
                self._engine.step(("park", self._key))
                continue
            yield self.receive()

    def __repr__(self) -> str:
        return f"<channel {'closed' if self._closed else 'open'}>"
