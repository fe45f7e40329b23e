"""Functions of the script's, as the host holds them: awaitables that run them in the worker."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext


class Invoker(Protocol):
    """Runs callbacks. Implemented by `runtime.functions.Functions`."""

    def invoke(self, number: int, args: list[Any], around: RunContext | None = None) -> Awaitable[Any]:
        """Run the callback and wait for its value. Cancelling the wait stops the callback's task.

        Args:
            around: Where it is called from; what it does then counts as done there.

        Raises:
            ScriptError: It failed; the code is its own.
            WorkerCrashed: The worker has ended.
        """

    def release_callback(self, number: int) -> None:
        """The host holds it once less than before."""


class Callback:
    """One function of the script's, received once. Awaiting a call of it runs it as a new task of the script."""

    __slots__ = ("_invoker", "number")

    def __init__(self, number: int, invoker: Invoker) -> None:
        self.number = number
        self._invoker = invoker

    def __call__(self, *args: Any, around: RunContext | None = None) -> Awaitable[Any]:
        return self._invoker.invoke(self.number, list(args), around)

    def __del__(self) -> None:
        # Each receipt of a function is one of these, and the worker counts what it has sent: it may forget the
        # function when as many have been given back.
        self._invoker.release_callback(self.number)
