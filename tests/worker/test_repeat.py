"""A recorded run repeats itself exactly, whatever the host's delays and the clock: random programs in the real loop.

The engine's fibers are generators and time is virtual; the host answers after random delays, invokes functions, cancels
them, and sends what makes no difference. Replays get the recorded messages, in their order, after other delays."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Generator, Iterator
from random import Random
from typing import Any

import msgpack
import pytest

from llmspell.runtime.notes import WorkerNote, merge_notes, read_note
from llmspell.wire.frames import FrameSplitter
from llmspell.wire.messages import (
    CALL,
    CANCEL,
    CANCEL_CALL,
    DONE,
    ENDING,
    INVOKE,
    LIVE,
    NOTE,
    RELEASE_CALLBACK,
    RETURN,
    WORKER_KINDS,
)
from llmspell.worker import loop as loop_module
from llmspell.worker import tasks as tasks_module
from llmspell.worker.loop import Loop

Answer = tuple[bool, bytes]
Steps = Generator[tuple[str, Any], Answer, tuple[str, Any]]
Frame = tuple[int, int, bytes]
REQUEST = b"\xa1t\xa1m\x90\x80"


class Ended(BaseException):
    pass


class Stuck(AssertionError):
    """The worker waits for a message that never comes."""


class World(Loop):
    """One run of a random program, its host and its time."""

    def __init__(self, program: int, delays: int, recorded: Recorded | None = None, hold: bool = True) -> None:
        self._end_fd, channel = os.pipe()
        super().__init__(channel, max_tasks=1000, max_message_bytes=1 << 20)
        os.close(channel)
        os.close(self._end_fd)
        self._poll = self  # type: ignore[assignment]
        self.engine = self  # type: ignore[assignment]
        self.now = 0.0
        self.log: list[object] = []
        self.sent: list[Frame] = []
        self.noted: list[WorkerNote] = []
        self.taken: list[Frame] = []
        self._out = FrameSplitter(WORKER_KINDS, 1 << 20)
        self._program = program
        self._chance = Random(delays)
        self._due: list[tuple[float, int, Frame]] = []
        self._n_due = 0
        self._given = None if recorded is None else deque(recorded.taken)
        self._given_at = 0.0
        self._wants_live = recorded is not None and hold
        self._calls_made: set[int] = set()
        self._n_invokes = Random(program).randrange(4)
        replay = None
        if recorded is not None:
            replay = msgpack.packb(recorded.note.for_replay(hold=hold))
        self.notes.begin(True, replay)
        if recorded is None:
            for number in range(self._n_invokes):
                self._later((INVOKE, 100 + number, msgpack.packb([1, []])))
                if self._chance.random() < 0.4:
                    self._later((CANCEL, 100 + number, b"\xc0"), longer=True)

    # The host ----------------------------------------------------------------------------------------------------

    def _write(self, data: bytes) -> None:
        for kind, number, body in self._out.feed(data):
            if kind == NOTE:
                self.noted.append(read_note(body))
                if self.noted[-1].lost:
                    self.go_live()
                continue
            self.sent.append((kind, number, body))
            if kind == ENDING:
                self._calls_made.add(number)
                if self._given is None:
                    self._later((RETURN, number, b"\xc0"), longer=True)
            elif kind == CALL:
                self._calls_made.add(number)
                if self._given is None:
                    self._later((RETURN, number, msgpack.packb(f"answer {number}")))
                    if self._chance.random() < 0.2:
                        self._later((RELEASE_CALLBACK, 1, b"\xc0"))
            elif kind == CANCEL_CALL and self._given is None and self._chance.random() < 0.5:
                self._due = [it for it in self._due if it[2][:2] != (RETURN, number)]

    def _later(self, frame: Frame, *, longer: bool = False) -> None:
        self._n_due += 1
        delay = self._chance.choice([0.0, 0.001, 0.004, 0.02]) * self._chance.random() + (0.01 if longer else 0.0)
        self._due.append((self.now + delay, self._n_due, frame))
        self._due.sort()

    def go_live(self) -> None:
        """From here on answer by oneself, also what is waited for already."""
        self._given, self._wants_live = None, False
        for number in sorted(self._calls):
            self._later((RETURN, number, msgpack.packb(f"answer {number}")))

    def _next_at(self) -> float | None:
        """When the next message is there; None where none will be."""
        if self._given is None:
            return self._due[0][0] if self._due else None
        if not self._given:
            return self.now if self._wants_live else None
        kind, number, _ = self._given[0]
        if kind == RETURN and number not in self._calls_made:
            return None
        if not self._given_at:
            self._given_at = self.now + self._chance.choice([0.0, 0.003, 0.05]) * self._chance.random()
        return self._given_at

    def poll(self, timeout_ms: float) -> bool:
        at = self._next_at()
        if at is not None and at <= self.now + timeout_ms / 1000:
            self.now = max(self.now, at)
            return True
        self.now += timeout_ms / 1000
        return False

    def next_frame(self) -> Frame:
        at = self._next_at()
        if at is None:
            raise Stuck(f"waits at turn {self.n_turns}")
        self.now = max(self.now, at)
        if self._given is None:
            frame = self._due.pop(0)[2]
        elif self._given:
            self._given_at = 0.0
            frame = self._given.popleft()
        else:
            self._wants_live = False
            return LIVE, 0, b"\xc0"
        self.taken.append(frame)
        return frame

    # The engine --------------------------------------------------------------------------------------------------

    def resume_at(self, seconds: float) -> None:
        self.now += seconds

    def callback(self, number: int, args: bytes) -> Fiber:
        self._n_invokes -= 1
        return Fiber(self, self._task(f"cb{self._n_invoked[number]}", 0))

    def release_callback(self, number: int) -> None:
        pass

    def has_callbacks(self) -> bool:
        return self._n_invokes > 0

    def pack_error(self, code: str, message: str, hint: str = "") -> bytes:
        return bytes(msgpack.packb(code))

    def flush(self) -> None:
        return None

    def run_to_its_end(self) -> list[object]:
        self.start(Fiber(self, self._task("main", 0)))  # type: ignore[arg-type]
        try:
            self.run()
        except Ended:
            pass
        return [*self.log, *self.sent]

    def _task(self, name: str, depth: int) -> Steps:
        """A task that does random things, the same in each run of this program."""
        chance = Random(f"{self._program} {name}")
        children: list[int] = []
        for step in range(chance.randrange(2, 12)):
            what = chance.choice(["call", "call", "sleep", "turn", "turn", "spawn", "clock", "block", "cancel", "park"])
            self.log.append((name, step, what))
            if what == "call":
                self.log.append((yield "call", REQUEST))
            elif what == "sleep":
                self.log.append((yield "sleep", chance.choice([0.0, 0.001, 0.003, 0.01])))
            elif what == "turn":  # busy: somebody is always ready
                for _ in range(chance.choice([2, 10, 80])):
                    key = self.new_key()
                    self.spawn(Fiber(self, self._unparker(key)))  # type: ignore[arg-type]
                    yield "park", key
            elif what == "spawn" and depth < 3:
                child = self._task(f"{name}.{step}", depth + 1)
                children.append(self.spawn(Fiber(self, child)))  # type: ignore[arg-type]
            elif what == "clock":
                self.log.append(self.notes.clock(self.now))
            elif what == "block":
                self.log.append(self.block_step(chance.choice([("call", REQUEST), ("sleep", 0.002)])))
                self.spawn(Fiber(self, self._unparker(0)))  # type: ignore[arg-type]
            elif what == "cancel" and children:
                self.log.append(self.cancel(chance.choice(children)))
            elif what == "park":
                key = self.new_key()
                self.spawn(Fiber(self, self._sleeping_unparker(key)))  # type: ignore[arg-type]
                self.log.append((yield "park", key))
        self.log.append((name, "ends"))
        return "done", b"\xc0"

    def _unparker(self, key: int) -> Steps:
        self.unpark(key)
        return "done", b"\xc0"
        yield

    def _sleeping_unparker(self, key: int) -> Steps:
        yield "sleep", 0.002
        self.unpark(key)
        return "done", b"\xc0"


class Fiber:
    def __init__(self, world: World, steps: Steps) -> None:
        self._world = world
        self._steps = steps
        self._begun = False

    def resume(self, ok: bool, value: bytes) -> tuple[str, Any]:
        world = self._world
        world.now += world._chance.choice([0.0, 0.00001, 0.001]) * world._chance.random()  # it takes its time
        try:
            if self._begun:
                return self._steps.send((ok, value))
            self._begun = True
            return next(self._steps) if ok else ("failed", value)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]


class Recorded:
    def __init__(self, world: World) -> None:
        self.trace = world.run_to_its_end()
        self.taken = world.taken
        self.note = merge_notes(world.noted)


@pytest.fixture(autouse=True)
def virtual_time(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    worlds: list[World] = []
    begin = World.__init__

    def begin_noted(self: World, *args: Any, **options: Any) -> None:
        worlds.append(self)
        begin(self, *args, **options)

    def end(status: int) -> None:
        raise Ended

    monkeypatch.setattr(World, "__init__", begin_noted)
    for module in (tasks_module, loop_module):
        monkeypatch.setattr(module, "monotonic", lambda: worlds[-1].now)
    monkeypatch.setattr(os, "_exit", end)
    yield


PROGRAMS = range(40)


def test_a_recorded_run_repeats_itself_whatever_the_delays() -> None:
    n_timers = n_frames = n_clock = 0
    for program in PROGRAMS:
        recorded = Recorded(World(program, delays=program))
        n_timers += sum(it[1] == "timer" for it in recorded.note.turns)
        n_frames += sum(it[1] == "frame" for it in recorded.note.turns)
        n_clock += len(recorded.note.clock)
        for delays in (1, 2):
            world = World(program, 1000 + delays, recorded, hold=delays == 1)  # with LIVE at the end, and without
            assert world.run_to_its_end() == recorded.trace, (program, delays)
            again = merge_notes(world.noted)
            assert (
                again.turns == recorded.note.turns and again.clock == recorded.note.clock
            )  # it can be replayed itself
            assert not again.lost
    assert n_timers > 40 and n_frames > 40 and n_clock > 20  # each kind of chance was there


def test_without_its_notes_a_run_does_not_repeat_itself() -> None:
    """The twin: the test above would see it. (Some programs have nothing to note.)"""
    n_different = 0
    for program in PROGRAMS:
        recorded = Recorded(World(program, delays=program))
        recorded.note = WorkerNote([], recorded.note.clock)
        try:
            n_different += World(program, 5000, recorded, hold=False).run_to_its_end() != recorded.trace
        except Stuck:
            n_different += 1
    assert n_different > len(PROGRAMS) / 4


def test_a_run_that_was_cut_goes_on_by_itself_where_its_record_ends() -> None:
    for program in PROGRAMS:
        recorded = Recorded(World(program, delays=program))
        n_given = len(recorded.taken) // 2
        last = max((number for kind, number, _ in recorded.taken[:n_given] if kind == RETURN), default=0)
        if not n_given or not last:
            continue
        # What the host knows of a run that was killed after this message: the notes before the calls that it had got.
        recorded.taken = recorded.taken[:n_given]
        world = World(program, 77, recorded)
        trace = _resumed(world)
        shared = 0
        while shared < min(len(trace), len(recorded.trace)) and trace[shared] == recorded.trace[shared]:
            shared += 1
        assert world.taken[:n_given] == recorded.taken
        assert shared > 0


def _resumed(world: World) -> list[object]:
    """Run a world whose recorded messages end before it does: from there on its host answers by itself."""
    take = world.next_frame

    def next_frame() -> Frame:
        frame = take()
        if frame[0] == LIVE:
            world.go_live()
        return frame

    world.next_frame = next_frame  # type: ignore[method-assign]
    return world.run_to_its_end()


class Extreme(Random):
    """Chance that is always the first, or always the last that can be."""

    def __init__(self, which: int) -> None:
        super().__init__(0)
        self.which = which

    def choice(self, seq: Any) -> Any:
        return seq[self.which]

    def random(self) -> float:
        return 0.99


class InTime(World):
    """A call with a time limit, which it keeps."""

    def _task(self, name: str, depth: int) -> Steps:
        limit = self.spawn(Fiber(self, self._limit()))  # type: ignore[arg-type]
        self.log.append((yield "call", REQUEST))
        self.cancel(limit)
        return "done", b"\xc0"

    def _limit(self) -> Steps:
        self.log.append((yield "sleep", 0.03))
        return "done", b"\xc0"


@pytest.mark.parametrize("hold", [True, False])
def test_a_timer_that_had_lost_does_not_win_where_the_host_is_slow(hold: bool) -> None:
    """It never fired, so no note tells of it; and the recorded answer comes after its time."""
    program = next(it for it in range(99) if Random(it).randrange(4) == 0)  # nothing is invoked
    first = InTime(program, 0)
    first._chance = Extreme(0)
    recorded = Recorded(first)
    assert not recorded.note.turns
    slow = InTime(program, 0, recorded, hold=hold)
    slow._chance = Extreme(-1)
    assert slow.run_to_its_end() == recorded.trace
    assert slow.now > 0.04  # later than the limit

    live = InTime(program, 0)  # the twin: without a record the limit is kept
    live._chance = Extreme(-1)
    live._later = lambda frame: live._due.append((0.05, 1, frame))  # type: ignore[method-assign, misc, assignment]
    assert live.run_to_its_end() != recorded.trace


def test_a_script_that_does_something_else_is_noticed_and_goes_its_own_way() -> None:
    n_lost = 0
    for program in range(40):
        recorded = Recorded(World(program, delays=program))
        recorded.note.turns.insert(0, [1, "timer", "0.99"])
        world = World(program, 9, recorded)
        trace = _resumed(world)
        n_lost += merge_notes(world.noted).lost > 0
        assert trace[-1][0] == DONE  # type: ignore[index]
    assert n_lost == 40
