"""`asyncio` for scripts: the names that scripts use, on top of our tasks. There is no event loop to reach."""

from __future__ import annotations

from .python_async import Async, Later, Task, gather, guard_await, hear
from .python_errors import Cancelled, LLMSpellError
from .python_modules import make_facade
from .python_sealed import Sealed, make, put

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    from .python_engine import PythonEngine


def later(function: Callable[..., Any], *args: Any) -> Later:
    return make(Later, _function=function, _args=args, _kwargs={}, _used=False)


class Gate(metaclass=Sealed):
    """Event, Lock, Semaphore and Queue in one: a count or a list, and a key to park on. `_kind` says which it is."""

    __slots__ = ("_count", "_engine", "_items", "_key", "_kind", "_limit", "_unfinished")
    _engine: PythonEngine
    _key: int
    _kind: str
    _count: int
    _limit: int
    _items: list[Any]
    _unfinished: int

    def _wait_until(self, ready: Callable[[], bool]) -> None:
        while not ready():
            self._engine.step(("park", self._key))

    def _wake(self) -> None:
        self._engine.host.unpark(self._key)

    # Lock and Semaphore

    def acquire(self) -> Later:
        return later(self.__enter__)

    def release(self) -> None:
        put(self, "_count", self._count + 1)
        self._wake()

    def locked(self) -> bool:
        return self._count == 0

    def __enter__(self) -> bool:
        self._wait_until(lambda: self._count > 0)
        put(self, "_count", self._count - 1)
        return True

    def __exit__(self, *_: object) -> None:
        self.release()

    def __aenter__(self) -> bool:
        return self.__enter__()

    def __aexit__(self, *_: object) -> None:
        self.release()

    # Event

    def set(self) -> None:
        put(self, "_count", 1)
        self._wake()

    def clear(self) -> None:
        put(self, "_count", 0)

    def is_set(self) -> bool:
        return self._count > 0

    def wait(self) -> Later:
        return later(self._wait_until, self.is_set)

    # Queue

    def put(self, item: Any) -> Later:
        def run() -> None:
            self._wait_until(lambda: not self._limit or len(self._items) < self._limit)
            self.put_nowait(item)

        return later(run)

    def put_nowait(self, item: Any) -> None:
        if self._limit and len(self._items) >= self._limit:
            raise LLMSpellError("the queue is full", code="queue_full")
        self._items.append(item)
        put(self, "_unfinished", self._unfinished + 1)
        self._wake()

    def get(self) -> Later:
        def run() -> Any:
            self._wait_until(lambda: bool(self._items))
            return self.get_nowait()

        return later(run)

    def get_nowait(self) -> Any:
        if not self._items:
            raise LLMSpellError("the queue is empty", code="queue_empty")
        item = self._items.pop(0)
        self._wake()
        return item

    def task_done(self) -> None:
        put(self, "_unfinished", self._unfinished - 1)
        self._wake()

    def join(self) -> Later:
        return later(self._wait_until, lambda: self._unfinished <= 0)

    def qsize(self) -> int:
        return len(self._items)

    def empty(self) -> bool:
        return not self._items

    def full(self) -> bool:
        return bool(self._limit) and len(self._items) >= self._limit

    def __repr__(self) -> str:
        return f"<asyncio {self._kind}>"


def wait_until_ended(asynchronous: Async, tasks: list[Task]) -> None:
    """What was cancelled still runs its `finally` blocks before the caller goes on, as in CPython."""
    gather(asynchronous._engine, tasks, lambda _: False)


class TaskGroup(metaclass=Sealed):
    """`async with asyncio.TaskGroup() as group`: waits for its tasks; the first error cancels the others."""

    __slots__ = ("_asynchronous", "_tasks")
    _asynchronous: Async
    _tasks: list[Task]

    def create_task(self, value: Any, **_: Any) -> Task:
        task = self._asynchronous.task(value)
        self._tasks.append(task)
        return task

    def __aenter__(self) -> TaskGroup:
        return self

    def __aexit__(self, kind: Any, *_: object) -> None:
        try:
            if kind is None:
                self._asynchronous.all(self._tasks)
        finally:
            for task in self._tasks:
                task.cancel()
            wait_until_ended(self._asynchronous, self._tasks)


def asyncio_facade(engine: PythonEngine) -> Any:
    asynchronous = engine.asynchronous

    def run(value: Any, **_: Any) -> Any:
        return guard_await(value)

    def sleep(delay: float, result: Any = None) -> Later:
        def wait() -> Any:
            asynchronous.sleep(delay)
            return result

        return later(wait)

    def create_task(value: Any, **_: Any) -> Task:
        return asynchronous.task(value)

    def outcome(task: Task) -> Any:
        try:
            return task.wait()
        except Exception as error:  # what `return_exceptions` asks for
            return error

    def gather_all(*values: Any, return_exceptions: bool = False) -> Later:
        tasks = [asynchronous.task(it) for it in values]
        if return_exceptions:
            return later(lambda: [outcome(it) for it in tasks])
        return later(asynchronous.all, tasks)

    def wait_for(value: Any, timeout: float | None) -> Later:
        if timeout is None:
            return later(guard_await, value)

        def wait() -> Any:
            task = asynchronous.task(value)
            try:
                return asynchronous.timeout(timeout, task)
            finally:
                wait_until_ended(asynchronous, [task])

        return later(wait)

    def as_completed(values: Iterable[Any], *, timeout: float | None = None) -> Iterator[Later]:
        channel = asynchronous.channel(1 << 30)
        held = list(values)

        def report(value: Any) -> None:
            task = asynchronous.task(value)
            outcome(task)
            channel.send(task)

        for value in held:
            hear(asynchronous.spawn(report, value))
        return iter([later(lambda: channel.receive().wait()) for _ in held])

    def to_thread(function: Any, /, *args: Any, **kwargs: Any) -> Task:
        return asynchronous.spawn(function, *args, **kwargs)

    def gate(kind: str, count: int = 0, limit: int = 0) -> Gate:
        return make(
            Gate,
            _engine=engine,
            _key=engine.host.new_key(),
            _kind=kind,
            _count=count,
            _limit=limit,
            _items=[],
            _unfinished=0,
        )

    return make_facade(
        "asyncio",
        {
            "run": run,
            "sleep": sleep,
            "create_task": create_task,
            "ensure_future": create_task,
            "gather": gather_all,
            "wait_for": wait_for,
            "as_completed": as_completed,
            "to_thread": to_thread,
            "Semaphore": lambda value=1: gate("Semaphore", value),
            "BoundedSemaphore": lambda value=1: gate("Semaphore", value),
            "Lock": lambda: gate("Lock", 1),
            "Event": lambda: gate("Event"),
            "Queue": lambda maxsize=0: gate("Queue", 0, maxsize),
            "TaskGroup": lambda: make(TaskGroup, _asynchronous=asynchronous, _tasks=[]),
            "TimeoutError": TimeoutError,
            "CancelledError": Cancelled,
        },
        {"get_event_loop": "use await, Async.spawn or asyncio.run"},
    )
