"""`Promise`: declared here, implemented by each engine."""

from __future__ import annotations

from typing import Annotated, Protocol

from llmspell.interface.declare import Callback, method, script_global, script_object
from llmspell.tools.protocol import Value


@script_object("PromiseObject")
class PromiseObject(Protocol):
    """A value that is there later."""

    @method(place="worker", aliases=("and_then",))
    def then(
        self,
        fn: Annotated[Callback, "value -> value"],
        on_error: Annotated[Callback, "error -> value"] | None = None,
    ) -> PromiseObject:
        """Call a function with the value, once it is there. `then` is a word of Lua's grammar: there it is
        `promise:and_then(fn)` or `promise:then_(fn)`.

        Args:
            fn: Its result is the new promise's; a promise is waited for.
            on_error: Called instead of `fn` when this one is rejected.

        Returns:
            A promise of the function's result.
        """
        ...

    @method(place="worker")
    def catch(self, fn: Annotated[Callback, "error -> value"]) -> PromiseObject:
        """Call a function with the error, if this one is rejected.

        Args:
            fn: Its result is the new promise's.
        """
        ...

    @method(name="finally", place="worker")
    def finally_(self, fn: Annotated[Callback, "-> nil"]) -> PromiseObject:
        """Call a function when this one is settled, well or not. In Python it is written `promise.finally_(fn)`.

        Args:
            fn: Its result is ignored; its error is not.

        Returns:
            A promise of this one's value.
        """
        ...

    @method(name="await", place="worker", aliases=("wait",))
    def wait(self) -> Value:
        """Wait for the value. Other tasks go on meanwhile. In Python it is written `promise.wait()`.

        Raises:
            LLMSpellError: What the promise was rejected with.
        """
        ...


@script_global("Promise")
class PromiseGlobal(Protocol):
    """Values that are there later, as in JavaScript. `Async` says the same with fewer words."""

    @method(place="worker")
    def new(self, fn: Annotated[Callback, "resolve, reject -> nil"]) -> PromiseObject:
        """A promise that a function settles.

        Args:
            fn: Called at once; calls `resolve(value)` or `reject(error)`, now or later. The first call counts. An error
                in it rejects the promise.
        """
        ...

    @method(place="worker")
    def resolve(self, value: Value = None) -> PromiseObject:
        """A promise that is kept already.

        Args:
            value: Its value; a promise is returned as it is.
        """
        ...

    @method(place="worker")
    def reject(self, error: Value) -> PromiseObject:
        """A promise that is broken already.

        Args:
            error: What `wait` raises.
        """
        ...

    @method(place="worker")
    def all(self, promises: list[Value]) -> PromiseObject:
        """A promise of all values in the list's order; rejected with the first error.

        Args:
            promises: Promises, tasks or plain values.
        """
        ...

    @method(place="worker")
    def race(self, promises: list[Value]) -> PromiseObject:
        """A promise that is settled as the first of these is.

        Args:
            promises: Promises, tasks or plain values.
        """
        ...
