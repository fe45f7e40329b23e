"""`Async`: declared here, implemented by each engine and the worker's loop."""

from __future__ import annotations

from typing import Annotated, Protocol

from llmspell.interface.declare import Callback, Fields, method, script_global, script_object
from llmspell.tools.protocol import Value


@script_object("Task")
class Task(Protocol):
    """A function that runs beside the rest of the script."""

    @method(name="await", place="worker", aliases=("wait",))
    def wait(self) -> Value:
        """Wait until the task has ended. Other tasks go on meanwhile. In Python it is written `task.wait()`.

        Returns:
            What the function returned.

        Raises:
            LLMSpellError: Whatever the function raised; `cancelled` if the task was cancelled.
        """
        ...

    @method(place="worker")
    def cancel(self) -> bool:
        """Stop the task where it waits next: it gets an error with the code `cancelled` there.

        Returns:
            False when it had ended already.
        """
        ...

    @method(place="worker")
    def done(self) -> bool:
        """Whether the task has ended, well or not."""
        ...

    @method(place="worker")
    def status(self) -> str:
        """`running`, `done`, `failed` or `cancelled`."""
        ...


@script_object("Channel")
class Channel(Protocol):
    """A queue between tasks. Values stay in the worker: functions and objects may be sent too."""

    @method(place="worker")
    def send(self, value: Value) -> None:
        """Put a value in. Waits while the channel is full.

        Args:
            value: Anything but nil.

        Raises:
            LLMSpellError: `channel_closed`: nobody will receive it.
        """
        ...

    @method(place="worker")
    def receive(self) -> Value:
        """Take the oldest value out. Waits while the channel is empty.

        Returns:
            nil once the channel is closed and empty.
        """
        ...

    @method(place="worker")
    def close(self) -> None:
        """Let nobody send any more. What is in the channel can still be received."""
        ...


@script_global("Async")
class AsyncGlobal(Protocol):
    """Do several things at once. Calls to the host never block other tasks, so `Async.map` over tool calls runs them
    together."""

    @method(place="worker")
    def spawn(self, fn: Annotated[Callback, "… -> value"], *args: Value) -> Task:
        """Start a function as a task. It first runs when the present one waits.

        Args:
            fn: The function.
            args: What it is called with.
        """
        ...

    @method(place="worker")
    def all(self, tasks: list[Value]) -> list[Value]:
        """Wait for all of them.

        Args:
            tasks: Tasks, promises, or functions, which are started.

        Returns:
            Their results, in the order of the list.

        Raises:
            LLMSpellError: The first failure in time; the others are cancelled.
        """
        ...

    @method(place="worker")
    def race(self, tasks: list[Value]) -> Value:
        """Wait for the first that ends, well or not, and cancel the others.

        Args:
            tasks: Tasks, promises, or functions, which are started.

        Returns:
            Its result.

        Raises:
            LLMSpellError: The first that ended has failed.
        """
        ...

    @method(place="worker")
    def any(self, tasks: list[Value]) -> Value:
        """Wait for the first that succeeds, and cancel the others.

        Args:
            tasks: Tasks, promises, or functions, which are started.

        Returns:
            Its result.

        Raises:
            LLMSpellError: All have failed; this is the last failure.
        """
        ...

    @method(place="worker")
    def map(
        self,
        list: list[Value],
        fn: Annotated[Callback, "item -> value"],
        options: Annotated[dict[str, int], Fields] | None = None,
    ) -> list[Value]:
        """Call a function for each item, several at a time.

        Args:
            list: The items.
            fn: The function; in Lua it gets the index too.
            options: `limit`: how many at a time, 8 if not given.

        Returns:
            The results, in the order of the items.

        Raises:
            LLMSpellError: The first failure in time; the others are cancelled.
        """
        ...

    @method(place="worker")
    def sleep(self, seconds: float) -> None:
        """Wait. Other tasks go on meanwhile.

        Args:
            seconds: A fraction is fine; 0 lets other tasks run.
        """
        ...

    @method(place="worker")
    def timeout(self, seconds: float, fn: Annotated[Callback, "-> value"]) -> Value:
        """Call a function that may take only so long.

        Args:
            seconds: After these it is cancelled.
            fn: The function.

        Returns:
            What it returned.

        Raises:
            LLMSpellError: `timed_out`.
        """
        ...

    @method(place="worker")
    def channel(self, size: int = 0) -> Channel:
        """A queue between tasks.

        Args:
            size: How many values it holds before `send` waits; 0 hands each over directly.
        """
        ...
