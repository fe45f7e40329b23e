"""Whose turn it is, who waits for what, and what a cancellation does: with an engine whose fibers are generators.

A fiber here is a generator that yields steps and is sent (ok, value); virtual time, no process, no language."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.wire.frames import FrameSplitter
from llmspell.wire.messages import CALL, CANCEL_CALL, FAILED, RELEASE, RESULT, WORKER_KINDS
from llmspell.worker import tasks as tasks_module
from llmspell.worker.tasks import Tasks

Answer = tuple[bool, bytes]
Steps = Generator[tuple[str, Any], Answer, tuple[str, Any]]
REQUEST = b"\xa1t\xa1m\x90\x80"  # four packed values: target t, method m, no arguments, no keywords
CANCELLED = b"cancelled: the task was cancelled"


class GeneratorFiber:
    """What a generator yields is a step; what it returns is its last one."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps
        self._begun = False

    def resume(self, ok: bool, value: bytes) -> tuple[str, Any]:
        try:
            if self._begun:
                return self._steps.send((ok, value))
            self._begun = True
            return next(self._steps) if ok else ("failed", value)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]


class FakeEngine:
    """Callbacks by number."""

    def __init__(self) -> None:
        self.callbacks: dict[int, Callable[[bytes], Steps]] = {}

    def callback(self, number: int, args: bytes) -> GeneratorFiber:
        return GeneratorFiber(self.callbacks[number](args))

    def pack_error(self, code: str, message: str, hint: str = "") -> bytes:
        return f"{code}: {message}".encode()


class Fatal(Exception):
    pass


class Exited(Exception):
    pass


class Run(Tasks):
    """Tasks whose frames are kept and whose clock stands still until it is set."""

    def __init__(self, *, max_tasks: int = 100, max_message_bytes: int = 1000) -> None:
        self.sent: list[tuple[int, int, bytes]] = []
        super().__init__(self._keep, max_tasks=max_tasks, max_message_bytes=max_message_bytes)
        self.engine = FakeEngine()  # type: ignore[assignment]
        self.log: list[object] = []

    def _keep(self, data: bytes) -> None:
        self.sent += FrameSplitter(WORKER_KINDS, 1 << 20).feed(data)

    def begin(self, steps: Steps) -> None:
        self.start(GeneratorFiber(steps))  # type: ignore[arg-type]

    def child(self, steps: Steps) -> int:
        return self.spawn(GeneratorFiber(steps))  # type: ignore[arg-type]

    def idle(self) -> None:
        """Give turns until nobody is ready, and no timer is due."""
        while self.run_ready() or self.fire_timer():
            pass

    def calls(self) -> list[int]:
        """The ids of the calls that were sent."""
        return [number for kind, number, _ in self.sent if kind == CALL]

    def fatal(self, code: str, message: str) -> None:
        raise Fatal(code)

    def exit(self, code: int) -> None:
        raise Exited(code)


class Clock:
    now = 100.0


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The tasks' time, which passes only when a test says so."""
    it = Clock()
    monkeypatch.setattr(tasks_module, "monotonic", lambda: it.now)
    return it


def logging(run: Run, name: str, *steps: tuple[str, Any]) -> Steps:
    """Takes these steps one after the other and logs what each is answered with."""
    run.log.append(name)
    for step in steps:
        ok, value = yield step
        run.log.append((name, ok, value))
    return "done", name.encode()


def path_of(body: bytes) -> str:
    """Of a call's body: the header of a list of five, then a short text."""
    return body[2 : 2 + (body[1] & 0x1F)].decode()


# Turns and paths -----------------------------------------------------------------------------------------------------


def test_a_task_that_needs_nothing_ends_at_its_first_turn() -> None:
    run = Run()
    run.begin(logging(run, "main"))
    assert run.outcome is None
    run.idle()
    assert (run.outcome, run.log) == (("done", b"main"), ["main"])


def test_tasks_take_turns_in_the_order_in_which_they_became_ready() -> None:
    run = Run()

    def main() -> Steps:
        for name in "abc":
            run.child(logging(run, name, ("sleep", 0), ("sleep", 0)))
        yield "sleep", 0
        return "done", b""

    run.begin(main())
    run.idle()
    assert [it if isinstance(it, str) else it[0] for it in run.log] == ["a", "b", "c"] * 3


def test_answers_resume_tasks_in_the_order_in_which_they_come() -> None:
    run = Run()

    def main() -> Steps:
        for name in "abc":
            run.child(logging(run, name, ("call", REQUEST)))
        yield "park", run.new_key()
        return "done", b""

    run.begin(main())
    run.idle()
    a, b, c = run.calls()
    run.answer(c, True, b"3")
    run.answer(a, False, b"1")
    run.answer(b, True, b"2")
    run.idle()
    assert run.log[3:] == [("c", True, b"3"), ("a", False, b"1"), ("b", True, b"2")]


def test_a_path_says_whose_child_a_task_is() -> None:
    run = Run()

    def parent() -> Steps:
        run.child(logging(run, "x", ("call", REQUEST)))
        run.child(logging(run, "y", ("call", REQUEST)))
        yield "call", REQUEST
        return "done", b""

    def main() -> Steps:
        run.child(logging(run, "first", ("call", REQUEST)))
        run.child(parent())
        yield "call", REQUEST
        return "done", b""

    run.begin(main())
    run.idle()
    assert [path_of(body) for kind, _, body in run.sent if kind == CALL] == ["0", "0.0", "0.1", "0.1.0", "0.1.1"]


def test_a_callback_has_a_path_of_its_number_and_count() -> None:
    run = Run()
    run.engine.callbacks[7] = lambda args: logging(run, args.decode(), ("call", REQUEST))  # type: ignore[attr-defined]
    run.begin(logging(run, "main", ("park", run.new_key())))
    run.invoke(1, 7, b"one")
    run.invoke(2, 7, b"two")
    run.idle()
    assert [path_of(body) for kind, _, body in run.sent if kind == CALL] == ["cb7.0", "cb7.1"]


@given(st.lists(st.sampled_from(["call", "sleep", "park"]), max_size=8), st.integers(1, 6))
def test_the_same_tasks_with_the_same_answers_do_the_same(kinds: list[str], n_tasks: int) -> None:
    def traced() -> list[object]:
        run = Run()

        def worker(name: str) -> Steps:
            for kind in kinds:
                payload = {"call": REQUEST, "sleep": 0, "park": 5000}[kind]
                run.log.append((name, (yield kind, payload)))
            return "done", b""

        def main() -> Steps:
            for i in range(n_tasks):
                run.child(worker(str(i)))
            yield "sleep", 0
            return "done", b""

        run.begin(main())
        for _ in range(100):
            run.idle()
            for number in [it for it in run.calls() if it in run._calls]:
                run.answer(number, True, str(number).encode())
            run.unpark(5000)
        return [*run.log, *run.sent]

    assert traced() == traced()


# Calls and callbacks -------------------------------------------------------------------------------------------------


def test_an_answer_to_no_call_is_dropped() -> None:
    run = Run()
    run.begin(logging(run, "main", ("call", REQUEST)))
    run.idle()
    run.answer(999, True, b"")
    assert not run.has_ready()
    number = run.calls()[0]
    run.answer(number, True, b"1")
    run.answer(number, True, b"2")
    run.idle()
    assert run.log == ["main", ("main", True, b"1")]


@pytest.mark.parametrize(("kind", "sent"), [("done", RESULT), ("failed", FAILED)])
def test_a_callbacks_end_is_answered_with_the_number_of_its_invocation(kind: str, sent: int) -> None:
    run = Run()

    def callback(_: bytes) -> Steps:
        yield "sleep", 0
        return kind, b"value"

    run.engine.callbacks[1] = callback  # type: ignore[attr-defined]
    run.begin(logging(run, "main", ("park", run.new_key())))
    run.invoke(42, 1, b"")
    run.idle()
    assert run.sent == [(sent, 42, b"value")]
    assert run.outcome is None


def test_a_released_handle_is_told_to_the_host() -> None:
    run = Run()
    run.release(9)
    assert run.sent == [(RELEASE, 9, b"\xc0")]


def test_only_the_main_task_is_the_outcome() -> None:
    run = Run()

    def failing() -> Steps:
        yield "sleep", 0
        return "failed", b"child"

    def main() -> Steps:
        run.child(failing())
        yield "sleep", 0
        yield "sleep", 0
        return "done", b"main"

    run.begin(main())
    run.idle()
    assert run.outcome == ("done", b"main")


# Parking and time ----------------------------------------------------------------------------------------------------


def test_unparking_makes_everybody_ready_who_waits_for_that_key() -> None:
    run = Run()
    key, other = run.new_key(), run.new_key()

    def main() -> Steps:
        for name, it in (("a", key), ("b", other), ("c", key)):
            run.child(logging(run, name, ("park", it)))
        yield "sleep", 0
        return "done", b""

    run.begin(main())
    run.idle()
    run.log.clear()
    run.unpark(key)
    run.unpark(key)
    run.idle()
    assert run.log == [("a", True, b""), ("c", True, b"")]


def test_a_sleeper_wakes_when_its_time_has_come_and_the_earliest_first(clock: Clock) -> None:
    run = Run()

    def main() -> Steps:
        for name, seconds in (("late", 3.0), ("early", 1.0), ("also early", 1.0)):
            run.child(logging(run, name, ("sleep", seconds)))
        yield "sleep", 10.0
        return "done", b""

    run.begin(main())
    run.idle()
    run.log.clear()
    assert run.seconds_to_timer() == pytest.approx(1.0)
    assert run.has_waiting()
    clock.now += 0.5
    run.idle()
    assert run.log == []
    clock.now += 5
    run.idle()
    assert [it[0] for it in run.log if isinstance(it, tuple)] == ["early", "also early", "late"]
    clock.now += 5
    run.idle()
    assert run.outcome is not None
    assert run.seconds_to_timer() is None


def test_nothing_waits_when_everybody_is_parked_and_the_main_task_is_told() -> None:
    run = Run()
    run.begin(logging(run, "main", ("park", run.new_key())))
    run.idle()
    assert not run.has_waiting()
    assert run.fail_main(b"deadlock")
    run.idle()
    assert run.log == ["main", ("main", False, b"deadlock")]
    assert not run.fail_main(b"deadlock")


# Cancellation --------------------------------------------------------------------------------------------------------


def cancelled_child(run: Run, step: tuple[str, Any]) -> int:
    """A child that takes a step and is cancelled while it waits. Returns its number."""
    numbers: list[int] = []

    def main() -> Steps:
        numbers.append(run.child(logging(run, "child", step, ("sleep", 0))))
        yield "sleep", 0
        run.log.append(run.cancel(numbers[0]))
        yield "sleep", 0
        yield "sleep", 0
        return "done", b""

    run.begin(main())
    return numbers[0] if numbers else 0


@pytest.mark.parametrize("step", [("call", REQUEST), ("park", 5000), ("sleep", 60.0)], ids=["call", "park", "sleep"])
def test_a_waiting_task_is_resumed_with_the_error_and_may_go_on(step: tuple[str, Any]) -> None:
    run = Run()
    cancelled_child(run, step)
    run.idle()
    assert run.log == ["child", True, ("child", False, CANCELLED), ("child", True, b"")]
    assert [kind for kind, _, _ in run.sent] == ([CALL, CANCEL_CALL] if step[0] == "call" else [])


def test_the_late_answer_of_a_cancelled_call_is_dropped() -> None:
    run = Run()
    cancelled_child(run, ("call", REQUEST))
    run.idle()
    before = list(run.log)
    run.answer(run.calls()[0], True, b"late")
    run.idle()
    assert run.log == before


def test_a_task_that_has_not_begun_never_does() -> None:
    run = Run()

    def main() -> Steps:
        run.log.append(run.cancel(run.child(logging(run, "child"))))
        yield "sleep", 0
        return "done", b""

    run.begin(main())
    run.idle()
    assert run.log == [True]


def test_a_ready_task_gets_the_error_instead_of_its_answer() -> None:
    run = Run()
    numbers: list[int] = []

    def main() -> Steps:
        numbers.append(run.child(logging(run, "child", ("call", REQUEST))))
        yield "sleep", 0
        run.answer(run.calls()[0], True, b"answer")
        run.cancel(numbers[0])
        yield "sleep", 0
        return "done", b""

    run.begin(main())
    run.idle()
    assert run.log == ["child", ("child", False, CANCELLED)]


def test_a_task_that_cancels_itself_is_told_where_it_waits_next() -> None:
    run = Run()

    def child(own: list[int]) -> Steps:
        run.log.append(run.cancel(own[0]))
        run.log.append((yield "sleep", 0))
        run.log.append((yield "sleep", 0))
        return "done", b""

    def main() -> Steps:
        own: list[int] = []
        own.append(run.child(child(own)))
        for _ in range(4):
            yield "sleep", 0
        return "done", b""

    run.begin(main())
    run.idle()
    assert run.log == [True, (False, CANCELLED), (True, b"")]


def test_a_task_that_has_ended_cannot_be_cancelled() -> None:
    run = Run()

    def main() -> Steps:
        number = run.child(logging(run, "child"))
        yield "sleep", 0
        run.log.append(run.cancel(number))
        return "done", b""

    run.begin(main())
    run.idle()
    assert run.log == ["child", False]
    assert not run.cancel(12345)


def test_the_host_may_cancel_one_invocation_or_everything() -> None:
    run = Run()
    run.engine.callbacks[1] = lambda args: logging(run, args.decode(), ("sleep", 60.0))  # type: ignore[attr-defined]
    run.begin(logging(run, "main", ("sleep", 60.0)))
    run.invoke(1, 1, b"one")
    run.invoke(2, 1, b"two")
    run.idle()
    run.cancel_invocation(1)
    run.cancel_invocation(99)
    run.idle()
    assert run.log[3:] == [("one", False, CANCELLED)]
    run.cancel_invocation(0)
    run.idle()
    assert run.log[4:] == [("main", False, CANCELLED), ("two", False, CANCELLED)]


# Blocking steps ------------------------------------------------------------------------------------------------------


def blocking(run: Run, step: tuple[str, Any]) -> Answer:
    """As the loop does it: other tasks go on until the answer is there; every open call is answered."""
    blocked = run.begin_blocking(step)
    while blocked.answer is None:
        if not run.run_ready() and not run.fire_timer():
            for number in list(run._calls):
                run.answer(number, True, f"answer {number}".encode())
    return blocked.answer


def test_while_one_task_blocks_the_others_go_on() -> None:
    run = Run()

    def main() -> Steps:
        run.child(logging(run, "child", ("sleep", 0)))
        run.log.append(blocking(run, ("call", REQUEST)))
        return "done", b""
        yield

    run.begin(main())
    run.idle()
    assert run.log[:2] == ["child", ("child", True, b"")]
    assert run.log[2][0] is True  # type: ignore[index]


def test_blocking_steps_nest() -> None:
    run = Run()

    def child() -> Steps:
        run.log.append(("inner", blocking(run, ("call", REQUEST))[0]))
        return "done", b""
        yield

    def main() -> Steps:
        run.child(child())
        run.log.append(("outer", blocking(run, ("call", REQUEST))[0]))
        return "done", b""
        yield

    run.begin(main())
    run.idle()
    assert run.log == [("inner", True), ("outer", True)]
    assert run.outcome == ("done", b"")


def test_a_blocking_call_belongs_to_the_task_that_makes_it() -> None:
    run = Run()

    def child() -> Steps:
        blocking(run, ("call", REQUEST))
        return "done", b""
        yield

    def main() -> Steps:
        run.child(child())
        yield "sleep", 0
        return "done", b""

    run.begin(main())
    run.idle()
    assert [path_of(body) for kind, _, body in run.sent if kind == CALL] == ["0.0"]


def test_a_task_cancelled_before_it_blocks_is_told_there() -> None:
    run = Run()

    def child(own: list[int]) -> Steps:
        run.cancel(own[0])
        run.log.append(blocking(run, ("call", REQUEST)))
        run.log.append((yield "sleep", 0))
        return "done", b""

    def main() -> Steps:
        own: list[int] = []
        own.append(run.child(child(own)))
        for _ in range(3):
            yield "sleep", 0
        return "done", b""

    run.begin(main())
    run.idle()
    assert run.log == [(False, CANCELLED), (True, b"")]


# Limits --------------------------------------------------------------------------------------------------------------


def test_so_many_tasks_at_once_and_not_one_more() -> None:
    run = Run(max_tasks=3)

    def main(n_children: int) -> Steps:
        for _ in range(n_children):
            run.child(logging(run, "child", ("sleep", 0)))
        yield "sleep", 0
        return "done", b""

    run.begin(main(2))
    run.idle()
    assert run.outcome == ("done", b"")
    run = Run(max_tasks=3)
    run.begin(main(3))
    with pytest.raises(Fatal, match="task_limit"):
        run.idle()


def test_a_call_or_a_result_of_so_many_bytes_and_not_one_more() -> None:
    for size, is_over in ((97, False), (98, True)):
        run = Run(max_message_bytes=100)
        run.begin(logging(run, "main", ("call", b"x" * size)))  # the header and the path take three bytes
        if is_over:
            with pytest.raises(Fatal, match="message_limit"):
                run.idle()
        else:
            run.idle()
            assert len(run.sent) == 1


def test_an_exit_of_any_task_is_the_runs() -> None:
    run = Run()

    def leaving() -> Steps:
        yield "exit", 7
        return "done", b""

    def main() -> Steps:
        run.child(leaving())
        yield "park", run.new_key()
        return "done", b""

    run.begin(main())
    with pytest.raises(Exited, match="7"):
        run.idle()
