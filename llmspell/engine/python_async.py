"""Concurrency for Python scripts: tasks, what may be awaited, and the combinators of the global Async.

Everything waits by parking on a key and is woken by `unpark`; a task's end unparks whoever waits for it. The loop knows
nothing of these shapes. The Lua engine has the same functions with the same meaning (lua/async.lua)."""

from __future__ import annotations

from .python_channels import Channel
from .python_errors import LLMSpellError, TimedOut
from .python_sealed import Sealed, make, put

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    from .python_engine import PythonEngine

MAX_UNHEARD = 20_000  # how many tasks that nobody asked about are remembered
MAP_LIMIT = 8  # how many calls Async.map keeps under way unless told


class Task(metaclass=Sealed):
    """A running function of the script. `status()` is running, done, failed or cancelled."""

    __slots__ = ("__weakref__", "_engine", "_error", "_number", "_state", "_value", "_watchers")
    _engine: PythonEngine
    _watchers: list[Callable[[Task], None]]
    _number: int
    _state: str
    _value: Any
    _error: BaseException | None

    def wait(self) -> Any:
        """The function's result, when it is there. Raises what the function raised."""
        hear(self)
        if self._state == "running":
            gather(self._engine, [self], lambda _: True)
        if self._error is not None:
            raise self._error
        return self._value

    def await_(self) -> Any:
        """The same as `wait`; `await` itself is a keyword."""
        return self.wait()

    def result(self) -> Any:
        """The same as `wait`."""
        return self.wait()

    def cancel(self) -> bool:
        """Ask it to stop; False when it had ended already."""
        hear(self)
        return self._state == "running" and self._engine.host.cancel(self._number)

    def done(self) -> bool:
        hear(self)
        return self._state != "running"

    def cancelled(self) -> bool:
        hear(self)
        return self._state == "cancelled"

    def status(self) -> str:
        hear(self)
        return self._state

    def __repr__(self) -> str:
        return f"<task {self._number} {self._state}>"


def hear(task: Task) -> None:
    """Somebody asks for this task's end: whatever it is, it is not lost."""
    task._engine.unheard.pop(task, None)


def gather(engine: PythonEngine, tasks: list[Task], enough: Callable[[Task], bool]) -> None:
    """Wait until `enough(task)` says so for one that has ended, or until all have."""
    key, left, stop = engine.host.new_key(), len(tasks), False

    def ended(task: Task) -> None:
        nonlocal left, stop
        left -= 1
        stop = stop or enough(task)
        if stop or not left:
            engine.host.unpark(key)

    for task in tasks:
        hear(task)
        if task._state == "running":
            task._watchers.append(ended)
        else:
            ended(task)
    while left and not stop:
        engine.step(("park", key))


def settle_task(task: Task, state: str, value: Any, error: BaseException | None) -> None:
    """A task has ended: keep its outcome and tell whoever waits for it."""
    put(task, "_value", value)
    put(task, "_error", error)
    put(task, "_state", state)
    if state != "failed" or len(task._engine.unheard) > MAX_UNHEARD:
        hear(task)
    watchers = list(task._watchers)
    task._watchers.clear()
    for watcher in watchers:
        watcher(task)


class Later(metaclass=Sealed):
    """A call of an `async def` function that has not begun: it runs when it is awaited, once."""

    __slots__ = ("_args", "_function", "_kwargs", "_used")
    _function: Callable[..., Any]
    _args: tuple[Any, ...]
    _kwargs: dict[str, Any]
    _used: bool

    def close(self) -> None:
        put(self, "_used", True)

    def __repr__(self) -> str:
        return f"<async call of {self._function.__name__}>"


def run_later(later: Later) -> Any:
    if later._used:
        raise RuntimeError("cannot await the same call of an async function twice")
    put(later, "_used", True)
    return later._function(*later._args, **later._kwargs)


def guard_async_def(function: Callable[..., Any]) -> Callable[..., Later]:
    """What `async def` becomes."""

    def call(*args: Any, **kwargs: Any) -> Later:
        return make(Later, _function=function, _args=args, _kwargs=kwargs, _used=False)

    return _named_like(function, call)


def _named_like(function: Callable[..., Any], wrapper: Callable[..., Any]) -> Callable[..., Any]:
    wrapper.__name__, wrapper.__qualname__ = function.__name__, function.__qualname__
    wrapper.__doc__, wrapper.__module__ = function.__doc__, function.__module__
    return wrapper


class AsyncIterator(metaclass=Sealed):
    """What calling an `async def` with `yield` gives: a generator that only `async for` goes through."""

    __slots__ = ("_generator",)
    _generator: Iterator[Any]

    def __aiter__(self) -> AsyncIterator:
        return self

    def aclose(self) -> Later:
        return make(Later, _function=self._generator.close, _args=(), _kwargs={}, _used=False)  # type: ignore[attr-defined]


def guard_async_gen(function: Callable[..., Any]) -> Callable[..., AsyncIterator]:
    """What `async def` with `yield` becomes."""

    def call(*args: Any, **kwargs: Any) -> AsyncIterator:
        return make(AsyncIterator, _generator=function(*args, **kwargs))

    return _named_like(function, call)


def guard_aiter(value: Any) -> Iterator[Any]:
    """What `async for` goes through: our own iterators, classes with `__aiter__`, and anything iterable."""
    if type(value) is AsyncIterator:
        return value._generator
    cls = type(value)
    if not hasattr(cls, "__aiter__"):
        return iter(value)
    return _pull(cls.__aiter__(value))


def _pull(iterator: Any) -> Iterator[Any]:
    cls = type(iterator)
    if cls is AsyncIterator:
        yield from iterator._generator
        return
    while True:
        try:
            value = guard_await(cls.__anext__(iterator))
        except StopAsyncIteration:
            return
        yield value


def guard_await(value: Any) -> Any:
    """`await`. Calls look synchronous here, so their results are often awaited too: any other value is itself."""
    cls = type(value)
    if cls is Later:
        return run_later(value)
    if cls is Task or hasattr(cls, "_is_promise"):
        return value.wait()
    return value


class AsyncWith(metaclass=Sealed):
    """`async with`: awaits what `__aenter__` and `__aexit__` return."""

    __slots__ = ("_manager",)
    _manager: Any

    def __enter__(self) -> Any:
        return guard_await(type(self._manager).__aenter__(self._manager))

    def __exit__(self, kind: Any, error: Any, _: Any) -> Any:
        # The traceback is not passed on: from it every frame could be reached.
        return guard_await(type(self._manager).__aexit__(self._manager, kind, error, None))


def guard_awith(manager: Any) -> AsyncWith:
    if not hasattr(type(manager), "__aenter__"):
        raise TypeError(f"'{type(manager).__name__}' has no __aenter__ and cannot be used with 'async with'")
    return make(AsyncWith, _manager=manager)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value  # NaN is none


def _check_seconds(method: str, seconds: Any) -> None:
    if not _is_number(seconds) or seconds < 0:  # NaN would confuse the timers' order
        raise LLMSpellError(f"{method}: the seconds must be a number of at least 0", code="bad_argument")


def _is_work(value: object) -> bool:
    cls = type(value)
    return cls is Task or cls is Later or hasattr(cls, "_is_promise") or callable(value)


def _unfit(what: str, value: object) -> LLMSpellError:
    return LLMSpellError(f"{what}, got {type(value).__name__}", code="bad_argument")


class Async:
    """The functions of the global Async, for one engine. Scripts get them one by one, never this object."""

    def __init__(self, engine: PythonEngine) -> None:
        self._engine = engine

    def spawn(self, function: Any, /, *args: Any, **kwargs: Any) -> Task:
        """Run a function beside the caller."""
        return self._engine.spawn(function, args, kwargs)

    def task(self, value: Any) -> Task:
        """What may stand in the lists of `all`, `race` and `any`, as a task."""
        cls = type(value)
        if cls is Task:
            return value  # type: ignore[no-any-return]
        if cls is Later:
            return self.spawn(run_later, value)
        if hasattr(cls, "_is_promise"):
            return self.spawn(value.wait)
        if callable(value):
            return self.spawn(value)
        return self.spawn(lambda: value)

    def _tasks(self, method: str, values: Iterable[Any]) -> list[Task]:
        if isinstance(values, str | bytes | dict) or not hasattr(type(values), "__iter__"):
            raise _unfit(f"{method}: the list must be a list", values)
        given = list(values)
        for number, value in enumerate(given, 1):
            if not _is_work(value):
                raise _unfit(f"{method}: item {number} must be a task or a promise", value)
        return [self.task(it) for it in given]

    def _cancel(self, tasks: Iterable[Task]) -> None:
        for task in tasks:
            task.cancel()

    def all(self, values: Iterable[Any]) -> list[Any]:
        """Every result, in the order given. The first error cancels the others and is raised."""
        tasks = self._tasks("Async.all", values)
        failed: list[Task] = []

        def fails(task: Task) -> bool:
            if task._error is not None:
                failed.append(task)
            return bool(failed)

        try:
            gather(self._engine, tasks, fails)
        finally:
            self._cancel(tasks)
        if failed:
            failed[0].wait()
        return [it._value for it in tasks]

    def race(self, values: Iterable[Any]) -> Any:
        """What the first to end gives, a result or an error. The others are cancelled."""
        tasks = self._tasks("Async.race", values)
        if not tasks:
            raise LLMSpellError("Async.race needs at least one task", code="bad_argument")
        first: list[Task] = []

        def ends(task: Task) -> bool:
            first.append(task)
            return True

        try:
            gather(self._engine, tasks, ends)
        finally:
            self._cancel(tasks)
        return first[0].wait()

    def any(self, values: Iterable[Any]) -> Any:
        """The first success; the others are cancelled. When all fail, the last failure is raised."""
        tasks = self._tasks("Async.any", values)
        if not tasks:
            raise LLMSpellError("Async.any needs at least one task", code="bad_argument")
        last: list[Task] = []

        def succeeds(task: Task) -> bool:
            if not last or last[0]._error is not None:
                last[:] = [task]
            return task._error is None

        try:
            gather(self._engine, tasks, succeeds)
        finally:
            self._cancel(tasks)
        return last[0].wait()

    def map(self, items: Iterable[Any], function: Any, options: Any = None, /, **named: Any) -> list[Any]:
        """`function` of every item, at most `limit` at once, results in the items' order."""
        if not hasattr(type(items), "__iter__"):
            raise _unfit("Async.map: the list must be a list", items)
        if not callable(function):
            raise _unfit("Async.map: the function must be a function", function)
        if options is not None:
            named = {**(options if isinstance(options, dict) else {"limit": options}), **named}
        limit = named.pop("limit", MAP_LIMIT)
        if named:
            raise LLMSpellError(
                f'Async.map has no option "{next(iter(named))}"', code="bad_argument", hint="the option is limit"
            )
        if not _is_number(limit) or limit < 1:
            raise LLMSpellError("Async.map: limit must be a number of at least 1", code="bad_argument")
        given = list(items)
        rest = iter(list(enumerate(given)))
        results: dict[int, Any] = {}

        def work() -> None:
            for index, item in rest:
                results[index] = guard_await(function(item))

        self.all([self.spawn(work) for _ in range(min(int(limit), len(given)))])
        return [results[it] for it in sorted(results)]

    def sleep(self, seconds: float = 0) -> None:
        """Wait; other tasks go on."""
        _check_seconds("Async.sleep", seconds)
        self._engine.step(("sleep", float(seconds)))

    def timeout(self, seconds: float, function: Any, /) -> Any:
        """The result of `function`, or the error `timed_out` after so many seconds; it is cancelled then."""
        _check_seconds("Async.timeout", seconds)
        if not _is_work(function):
            raise _unfit("Async.timeout: the task must be a function, a task or a promise", function)
        task = self.task(function)
        clock = self.spawn(self.sleep, seconds)
        try:
            gather(self._engine, [task, clock], lambda _: True)
            if task._state == "running":
                raise TimedOut(f"the task took longer than {seconds:g} s", code="timed_out")
            return task.wait()
        finally:
            self._cancel([task, clock])

    def channel(self, size: int = 0, /) -> Channel:
        """A queue between tasks: `send` waits while more than `size` values have not been received."""
        if not _is_number(size) or size < 0:
            raise LLMSpellError("Async.channel: the size must be a number of at least 0", code="bad_argument")
        key = self._engine.host.new_key()
        return make(
            Channel, _engine=self._engine, _key=key, _size=int(size), _values=[], _sent=0, _taken=0, _closed=False
        )
