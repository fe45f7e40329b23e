"""The globals Promise and Streaming of Python scripts, on top of tasks and channels."""

from __future__ import annotations

from .python_async import Async, Task, guard_await, hear
from .python_channels import Channel
from .python_errors import LLMSpellError
from .python_sealed import Sealed, make, put

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    from .python_engine import PythonEngine

_GENERATOR_FLAG = 0x20  # CO_GENERATOR of a code object


class Promise(metaclass=Sealed):
    """A value that somebody will give later."""

    __slots__ = ("_asynchronous", "_engine", "_error", "_key", "_state", "_value")
    _is_promise = True
    _engine: PythonEngine
    _asynchronous: Async
    _key: int
    _state: str
    _value: Any
    _error: BaseException | None

    def wait(self) -> Any:
        """The value, when it is there. Raises what it was rejected with."""
        while self._state == "running":
            self._engine.step(("park", self._key))
        if self._error is not None:
            raise self._error
        return self._value

    def await_(self) -> Any:
        """The same as `wait`; `await` itself is a keyword."""
        return self.wait()

    def status(self) -> str:
        return self._state

    def done(self) -> bool:
        return self._state != "running"

    def then(self, on_value: Any = None, on_error: Any = None) -> Promise:
        """A promise of what the handler makes of this one's value (or error)."""

        def follow() -> Any:
            try:
                value = self.wait()
            except Exception as error:  # whatever it failed with is the handler's
                if on_error is None:
                    raise
                return guard_await(on_error(error))
            return value if on_value is None else guard_await(on_value(value))

        return _promise_of(self._engine, self._asynchronous, follow)

    next = and_then = then_ = then

    def catch(self, on_error: Any) -> Promise:
        """A promise of what the handler makes of this one's error."""
        return self.then(None, on_error)

    def finally_(self, function: Any) -> Promise:
        """The same outcome, after `function()` has run."""

        def follow() -> Any:
            try:
                return self.wait()
            finally:
                guard_await(function())

        return _promise_of(self._engine, self._asynchronous, follow)

    def __repr__(self) -> str:
        return f"<promise {self._state}>"


def _settle(promise: Promise, state: str, value: Any, error: BaseException | None) -> None:
    if isinstance(error, MemoryError):
        # A promise holds what its function raised; this would be held for ever, and the limit dodged.
        promise._engine.out_of_memory()
    if promise._state == "running":
        put(promise, "_value", value)
        put(promise, "_error", error)
        put(promise, "_state", state)
        promise._engine.host.unpark(promise._key)


def _pending(engine: PythonEngine, asynchronous: Async) -> Promise:
    return make(
        Promise,
        _engine=engine,
        _asynchronous=asynchronous,
        _key=engine.host.new_key(),
        _state="running",
        _value=None,
        _error=None,
    )


def _resolve(promise: Promise, value: Any) -> None:
    if type(value) in (Promise, Task):  # adopt its outcome
        _follow(promise, value.wait)
    else:
        _settle(promise, "done", value, None)


def _follow(promise: Promise, work: Callable[[], Any]) -> None:
    def run() -> None:
        try:
            value = work()
        except Exception as error:  # whatever the script's function raises is the promise's failure
            _settle(promise, "failed", None, error)
        else:
            _resolve(promise, value)

    hear(promise._asynchronous.spawn(run))


def _promise_of(engine: PythonEngine, asynchronous: Async, work: Callable[[], Any]) -> Promise:
    promise = _pending(engine, asynchronous)
    _follow(promise, work)
    return promise


def _as_error(reason: Any) -> BaseException:
    if isinstance(reason, BaseException):
        return reason
    return LLMSpellError(reason if type(reason) is str else str(reason), code="rejected")


def _require_function(method: str, value: object) -> None:
    if not callable(value):
        problem = f"{method}'s argument must be a function, got {type(value).__name__}"
        raise LLMSpellError(problem, code="bad_argument")


class PromiseGlobal(metaclass=Sealed):
    """The global Promise."""

    __slots__ = ("_asynchronous", "_engine")
    _engine: PythonEngine
    _asynchronous: Async

    def new(self, executor: Any) -> Promise:
        """A promise that `executor(resolve, reject)` settles; the executor runs at once."""
        _require_function("Promise.new", executor)
        promise = _pending(self._engine, self._asynchronous)

        def resolve(value: Any = None) -> None:
            _resolve(promise, value)

        def reject(reason: Any = "rejected") -> None:
            _settle(promise, "failed", None, _as_error(reason))

        try:
            executor(resolve, reject)
        except Exception as error:  # whatever the script's function raises is the promise's failure
            _settle(promise, "failed", None, error)
        return promise

    __call__ = new

    def resolve(self, value: Any = None) -> Promise:
        if type(value) is Promise:
            return value
        promise = _pending(self._engine, self._asynchronous)
        _resolve(promise, value)
        return promise

    def reject(self, reason: Any = "rejected") -> Promise:
        promise = _pending(self._engine, self._asynchronous)
        _settle(promise, "failed", None, _as_error(reason))
        return promise

    def all(self, values: Iterable[Any]) -> Promise:
        held = list(values)
        return _promise_of(
            self._engine, self._asynchronous, lambda: self._asynchronous.all(map(self._asynchronous.task, held))
        )

    def race(self, values: Iterable[Any]) -> Promise:
        held = list(values)
        return _promise_of(
            self._engine, self._asynchronous, lambda: self._asynchronous.race(map(self._asynchronous.task, held))
        )

    def any(self, values: Iterable[Any]) -> Promise:
        held = list(values)
        return _promise_of(
            self._engine, self._asynchronous, lambda: self._asynchronous.any(map(self._asynchronous.task, held))
        )

    def __repr__(self) -> str:
        return "<global Promise>"


class Stream(metaclass=Sealed):
    """Values that a function makes one by one, each when it is asked for."""

    __slots__ = ("_done", "_iterator", "_peeked")
    _iterator: Iterator[Any]
    _done: bool
    _peeked: list[Any]

    def _fill(self) -> bool:
        if not self._peeked and not self._done:
            try:
                self._peeked.append(next(self._iterator))
            except StopIteration:
                put(self, "_done", True)
            except BaseException:
                put(self, "_done", True)
                raise
        return bool(self._peeked)

    def next(self) -> Any:
        """The next value, or None at the end."""
        return self._peeked.pop() if self._fill() else None

    def is_done(self) -> bool:
        """Whether nothing more comes."""
        return not self._fill()

    isDone = is_done

    def collect(self) -> list[Any]:
        """All the rest as a list."""
        return list(self)

    def __iter__(self) -> Iterator[Any]:
        while self._fill():
            yield self._peeked.pop()

    def __repr__(self) -> str:
        return "<stream>"


class StreamingGlobal(metaclass=Sealed):
    """The global Streaming."""

    __slots__ = ("_asynchronous",)
    _asynchronous: Async

    def create(self, function: Any) -> Stream:
        """A stream of what a generator function yields, or of what `function(emit)` emits."""
        _require_function("Streaming.create", function)
        code = getattr(function, "__code__", None)
        if code is not None and code.co_flags & _GENERATOR_FLAG:
            iterator = iter(function())
        else:
            iterator = _emitted(self._asynchronous, function)
        return make(Stream, _iterator=iterator, _done=False, _peeked=[])

    def __repr__(self) -> str:
        return "<global Streaming>"


def _emitted(asynchronous: Async, function: Any) -> Iterator[Any]:
    """What `function(emit)` emits; it runs beside its reader, one value ahead at most."""
    channel: Channel = asynchronous.channel(0)

    def run() -> None:
        try:
            guard_await(function(channel.send))
        finally:
            channel.close()

    task = asynchronous.spawn(run)
    hear(task)  # it need not come to its end: a stream is read only as far as somebody wants
    try:
        yield from channel
        task.wait()
    finally:
        task.cancel()
