"""The run's tasks: who is ready, who waits for what, and whose turn it is.

A task is one fiber with a path (`0.2.1`: third child of …) that is the same in every run of the same script. Tasks are
resumed one at a time, in the order in which they became ready; each resumption is a turn, and turns are counted. Two
runs that get the same messages at the same turns, and whose timers fire at the same turns, do the same things. Knows
nothing of sockets: `send` writes frames."""

from __future__ import annotations

from _collections import deque  # without `collections`, which loads six modules
from _heapq import heapify, heappop, heappush
from time import monotonic

from llmspell.wire.frames import frame, pack_str
from llmspell.wire.messages import CALL, CANCEL_CALL, ENDING, FAILED, RELEASE, RESULT
from llmspell.worker.notes import Notes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from llmspell.engine.protocol import Engine, Fiber, Step


MAX_PATH = 200


class Task:
    """One flow of control. `fiber` is None for a step that blocks inside another task's fiber."""

    __slots__ = (
        "answer",
        "cancelled",
        "fiber",
        "instead",
        "invocation",
        "is_ready",
        "n_children",
        "number",
        "parked_on",
        "path",
        "sleeps",
        "waits_for",
    )

    def __init__(self, number: int, path: str, fiber: Fiber | None, invocation: int = 0) -> None:
        self.number = number
        self.path = path
        self.fiber = fiber
        self.invocation = invocation  # the id of the host's INVOKE, 0 for tasks of the script's own
        self.n_children = 0
        self.waits_for = 0  # the id of its CALL
        self.parked_on = 0
        self.sleeps = 0  # the number of its timer; a timer of another number is void
        self.is_ready = False
        self.instead: bytes | None = None  # the error that it gets in place of what it is ready with
        self.cancelled = False  # asked to stop while it was running itself
        self.answer: tuple[bool, bytes] | None = None


class Tasks:
    """All tasks of one run. Implements `engine.protocol.Host` but for what ends the process (`worker.loop`)."""

    def __init__(self, send: Callable[[bytes], None], *, max_tasks: int, max_message_bytes: int) -> None:
        self.engine: Engine
        self._send = send
        self._max_tasks = max_tasks
        self._max_message_bytes = max_message_bytes
        self._tasks: dict[int, Task] = {}
        self._ready: deque[tuple[Task, bool, bytes]] = deque()
        self._calls: dict[int, Task] = {}
        self._parked: dict[int, list[Task]] = {}
        self._timers: list[tuple[float, int, Task]] = []
        self._current: Task | None = None
        self._main: Task | None = None
        self._n_blocking = 0
        self._n_deep = 0
        self._n_void = 0  # timers of tasks that were cancelled, at the most
        self._numbers = 0
        self._invocations: dict[int, Task] = {}
        self._n_invoked: dict[int, int] = {}
        self.n_turns = 0  # how many there have been
        self.notes = Notes(send, max_message_bytes)
        self.outcome: tuple[str, bytes] | None = None  # of the main task: ("done" | "failed", packed)

    # What the host's messages do ---------------------------------------------------------------------------------

    def start(self, fiber: Fiber) -> None:
        """Schedule the main task."""
        self._main = self._add(fiber, "0", 0)

    def invoke(self, number: int, callback: int, args: bytes) -> None:
        """The host asks for a callback to be run; its end is answered with `number`."""
        count = self._n_invoked.get(callback, 0)
        self._n_invoked[callback] = count + 1
        task = self._add(self.engine.callback(callback, args), f"cb{callback}.{count}", number)
        self._invocations[number] = task

    def answer(self, number: int, ok: bool, value: bytes) -> bool:
        """The host answers a call. False when nobody waits for it any more: then it is dropped."""
        task = self._calls.pop(number, None)
        if task is None:
            return False
        task.waits_for = 0
        self._wake(task, ok, value)
        return True

    def cancel_invocation(self, number: int) -> bool:
        """The host no longer wants the INVOKE's result; 0 stops every task. False when there was nothing to stop."""
        if number == 0:
            stopped = [self.cancel(task.number) for task in list(self._tasks.values())]
            return any(stopped)
        task_of = self._invocations.get(number)
        return task_of is not None and self.cancel(task_of.number)

    # What engines ask for (engine.protocol.Host) ------------------------------------------------------------------

    def spawn(self, fiber: Fiber) -> int:
        parent = self._current
        if parent is None:  # by a finalizer, between two tasks' turns
            path = f"gc.{self.new_key()}"
        else:
            path = f"{parent.path}.{parent.n_children}"
            parent.n_children += 1
            if len(path) > MAX_PATH:  # a chain of tasks that each start the next
                self._n_deep += 1
                path = f"deep.{self._n_deep}"
        return self._add(fiber, path, 0).number

    def cancel(self, number: int) -> bool:
        task = self._tasks.get(number)
        if task is None:
            return False
        error = self.engine.pack_error("cancelled", "the task was cancelled")
        if task is self._current:
            task.cancelled = True
        elif task.waits_for:
            self._send(frame(CANCEL_CALL, task.waits_for))
            self.answer(task.waits_for, False, error)
        elif task.parked_on:
            self._parked[task.parked_on].remove(task)
            task.parked_on = 0
            self._wake(task, False, error)
        elif task.sleeps:
            task.sleeps = 0
            self._void_timer()
            self._wake(task, False, error)
        elif task.is_ready:
            task.instead = error
        else:
            task.cancelled = True  # it is running further up the stack, below a blocking step
        return True

    def unpark(self, key: int) -> None:
        for task in self._parked.pop(key, ()):
            task.parked_on = 0
            self._wake(task, True, b"")

    def new_key(self) -> int:
        self._numbers += 1
        return self._numbers

    def now(self) -> float:
        return monotonic()

    def release(self, handle: int) -> None:
        self._send(frame(RELEASE, handle))

    @property
    def n_calls(self) -> int:
        """How many answers of the host are waited for."""
        return len(self._calls)

    def has_ready(self) -> bool:
        """Whether a task could be resumed now."""
        return bool(self._ready)

    def has_waiting(self) -> bool:
        """Whether anything can still happen by itself: an answer that is due, or a timer."""
        return bool(self._calls) or self._next_timer() is not None

    # Turns -------------------------------------------------------------------------------------------------------

    def run_ready(self) -> bool:
        """Resume the next ready task: a turn. False when there is none."""
        if not self._ready:
            return False
        self.n_turns += 1
        task, ok, value = self._ready.popleft()
        task.is_ready = False
        if task.instead is not None:
            ok, value, task.instead = False, task.instead, None
        if task.fiber is None:
            task.answer = (ok, value)
            return True
        before, self._current = self._current, task
        try:
            step = task.fiber.resume(ok, value)
        finally:
            self._current = before
        self._take(task, step)
        return True

    def fire_timer(self, path: str | None = None) -> bool:
        """Wake the task whose timer is the next that is due, and note it. False when none is due.

        Args:
            path: Of the task whose timer is to be fired, due or not.
        """
        due = self._next_timer()
        if due is None or (path is None and due > monotonic()):
            return False
        if path is None or self._timers[0][2].path == path:
            sleeper = heappop(self._timers)[2]
        else:
            found = [it for it in self._timers if it[2].path == path and it[2].sleeps == it[1]]
            if not found:
                return False
            sleeper = min(found)[2]
            sleeper.sleeps = 0
            self._void_timer()
        sleeper.sleeps = 0
        self.notes.turn(self.n_turns, sleeper.path)
        self._wake(sleeper, True, b"")
        return True

    def seconds_to_timer(self) -> float | None:
        """How long until the next timer is due; None without one."""
        due = self._next_timer()
        return None if due is None else max(0.0, due - monotonic())

    def begin_blocking(self, step: Step) -> Task:
        """Take a step on behalf of the running task without suspending it; its `answer` is set when it is there."""
        current = self._current
        blocked = Task(0, current.path if current else "0", None)
        if current is not None:
            blocked.cancelled = current.cancelled
            current.cancelled = False
        self._take(blocked, step)
        return blocked

    def begin_ending(self, done: bytes) -> Task:
        """Say that the script has ended, and let go of its own tasks: from now on only those go on that the host
        invokes. The `answer` of what is returned is set when the host wants nothing more.

        Args:
            done: The body of DONE, as it will be.
        """
        for number, task in list(self._calls.items()):
            if not _is_invoked(task):
                del self._calls[number]
                self._send(frame(CANCEL_CALL, number))
        self._ready = deque(it for it in self._ready if _is_invoked(it[0]))
        self._timers = [it for it in self._timers if _is_invoked(it[2])]
        heapify(self._timers)
        self._parked = {key: [it for it in tasks if _is_invoked(it)] for key, tasks in self._parked.items()}
        self._numbers += 1
        waiting = self._calls[self._numbers] = Task(0, "", None)
        self._tell(frame(ENDING, self._numbers, done))
        return waiting

    def fail_main(self, error: bytes) -> bool:
        """Raise `error` in the main task where it is parked. False when it is not."""
        for tasks in self._parked.values():
            for task in tasks:
                if task is self._main or task.fiber is None:
                    tasks.remove(task)
                    task.parked_on = 0
                    self._wake(task, False, error)
                    return True
        return False

    def _tell(self, data: bytes) -> None:
        """Send what the host acts on, and before it what is noted: a host that has the one has the other."""
        self._send(self.notes.take() + data if self.notes.pending else data)

    def _wake(self, task: Task, ok: bool, value: bytes) -> None:
        task.is_ready = True
        self._ready.append((task, ok, value))

    def _next_timer(self) -> float | None:
        """When the next one is due. Those of tasks that were cancelled are dropped when their turn comes."""
        timers = self._timers
        while timers and timers[0][2].sleeps != timers[0][1]:
            heappop(timers)
            self._n_void = max(0, self._n_void - 1)
        return timers[0][0] if timers else None

    def _void_timer(self) -> None:
        """A timer is of no use any more. It is dropped when its turn comes, or when there are many."""
        self._n_void += 1
        if self._n_void > 1000 and self._n_void > len(self._timers) // 2:
            self._timers = [it for it in self._timers if it[2].sleeps == it[1]]
            heapify(self._timers)
            self._n_void = 0

    def _add(self, fiber: Fiber, path: str, invocation: int) -> Task:
        self._numbers += 1
        task = Task(self._numbers, path, fiber, invocation)
        self._tasks[task.number] = task
        if len(self._tasks) > self._max_tasks:
            self.fatal("task_limit", "")
        self._wake(task, True, b"")
        return task

    def _take(self, task: Task, step: Step) -> None:
        kind, payload = step
        if task.cancelled and kind in ("call", "sleep", "park"):
            task.cancelled = False
            self._wake(task, False, self.engine.pack_error("cancelled", "the task was cancelled"))
        elif kind == "call":
            self._numbers += 1
            body = b"\x95" + pack_str(task.path) + payload
            if len(body) > self._max_message_bytes:
                self.fatal("message_limit", "")
            task.waits_for = self._numbers
            self._calls[self._numbers] = task
            self._tell(frame(CALL, self._numbers, body))
        elif kind == "sleep":
            self._numbers += 1
            task.sleeps = self._numbers
            heappush(self._timers, (monotonic() + payload, self._numbers, task))
        elif kind == "park":
            task.parked_on = payload
            self._parked.setdefault(payload, []).append(task)
        elif kind == "exit":
            self.exit(payload)
        else:
            self._end(task, kind, payload)

    def _end(self, task: Task, kind: str, payload: bytes) -> None:
        self._tasks.pop(task.number, None)
        if task.invocation:
            self._invocations.pop(task.invocation, None)
            if len(payload) > self._max_message_bytes:
                self.fatal("message_limit", "")
            self._tell(frame(RESULT if kind == "done" else FAILED, task.invocation, payload))
        elif task is self._main:
            self.outcome = (kind, payload)

    def fatal(self, code: str, message: str) -> None:
        raise NotImplementedError  # worker.loop.Loop ends the process

    def exit(self, code: int) -> None:
        raise NotImplementedError  # worker.loop.Loop ends the process


def _is_invoked(task: Task) -> bool:
    """Whether the host has invoked it, or the task that it descends from."""
    return task.path.startswith("cb")
