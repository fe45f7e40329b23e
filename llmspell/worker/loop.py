"""The worker's message loop: reads frames, gives tasks their turns, and ends the process.

Blocking on purpose: between two turns there is nothing to do but wait for the host or a timer."""

from __future__ import annotations

import os
from select import POLLIN, poll
from time import monotonic

from llmspell.engine.protocol import ScriptFault
from llmspell.wire.frames import FrameSplitter, frame, pack_str, read_uint
from llmspell.wire.messages import (
    CANCEL,
    DONE,
    EXECUTE,
    HOST_KINDS,
    INVOKE,
    LIVE,
    RAISE,
    RELEASE_CALLBACK,
    RETURN,
    START,
)
from llmspell.worker.tasks import Tasks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from llmspell.engine.protocol import Step
    from llmspell.worker.notes import Following

# The worker's exit status says which limit ended it; nothing has to be allocated to say so. `runtime.outcome` reads it.
FATAL_STATUS = {"memory_limit": 137, "output_limit": 153, "task_limit": 81, "message_limit": 82}
MAX_HOST_MESSAGE_BYTES = 1 << 31
MAX_BLOCKING = 40  # steps that block one inside the other; each takes a part of the C stack
MAX_WAIT_S = 86_400.0  # poll takes no more than 24 days at once; a longer sleep is waited for in pieces
MAX_BUSY_TURNS = 64  # of tasks that are always ready; then messages and timers have their turn
MAX_BUSY_S = 0.005
MAX_PATIENCE_S = 2.0  # of a run that goes on live, with the last messages of its record
PATIENCE_MS = 100.0  # of a replayed run, before it says that it waits for a message
LOOKS = 100  # some 60 µs; they count as the script's CPU time
SLEEPS = 50  # calls without looking after one where looking was in vain


class Loop(Tasks):
    """`engine.protocol.Host` on one channel descriptor."""

    def __init__(self, channel: int, *, max_tasks: int, max_message_bytes: int) -> None:
        super().__init__(self._write, max_tasks=max_tasks, max_message_bytes=max_message_bytes)
        self._channel = channel
        self._splitter = FrameSplitter(HOST_KINDS, MAX_HOST_MESSAGE_BYTES)
        self._frames: list[tuple[int, int, bytes]] = []
        self._poll = poll()
        self._n_sleeps = 0
        self._n_busy = 0
        self._n_taken = 0  # messages, after the first two
        self._busy_since = 0.0
        self._done: bytes | None = None  # the body of DONE, once the script has ended
        self._poll.register(channel, POLLIN)

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self._channel, view) :]

    def next_frame(self) -> tuple[int, int, bytes]:
        """The next message, waiting for it as long as it takes. Ends the process when the host is gone."""
        while not self._frames:
            # Small reads come from the heap; a large buffer would be mapped and unmapped for each message.
            try:
                chunk = os.read(self._channel, 32_768 if self._splitter.pending < 32_768 else 1 << 20)
            except ConnectionResetError:  # the host ended before it had read what we sent
                chunk = b""
            if not chunk:
                os._exit(0)
            self._frames = self._splitter.feed(chunk)
        return self._frames.pop(0)

    def expect(self, kind: int) -> bytes:
        """The body of the next message, which must be of this kind."""
        found, _, body = self.next_frame()
        if found != kind:
            raise ValueError(f"message {kind} was expected, {found} came")
        return body

    def load(self, execute_body: bytes) -> None:
        """Compile the script; a text that is not a program ends the process with its error."""
        try:
            self.engine.load(execute_body)
        except ScriptFault as fault:
            self.end(b"\x81" + _field("error", fault.error))
        self.start(self.engine.main())

    def run(self) -> None:
        """Give turns until the main task has ended, then end the process."""
        try:
            while self.outcome is None:
                self._turn()
            kind, payload = self.outcome
            self.finish(b"\x81" + _field("value" if kind == "done" else "error", payload))
        except MemoryError:  # in between the engine's own turns, where no handler of its is active
            self.fatal("memory_limit", "")

    def refuse(self, code: str, message: str) -> None:
        """End the process before the script has run."""
        self.end(b"\x81" + _field("error", self.engine.pack_error(code, message)))

    def report(self, ready: bytes) -> None:
        """Send the READY frame."""
        self._write(ready)

    def _turn(self) -> None:
        """One turn of a ready task, or what makes one ready.

        The usual order, of which nothing is noted: a message is taken when no task is ready. Everything else depends on
        how fast the host, the script and the clock are, and is noted with the number of the turn: a timer that fires,
        and a message that is taken while tasks are busy."""
        if self.notes.following is not None:
            self._turn_as_noted(self.notes.following)
            return
        if self._n_busy and (self._ready or self._timers):
            self._stay_fair()
        if self.run_ready():
            self._n_busy += 1
        elif not (self._timers and self.fire_timer()):
            self._wait()

    def _stay_fair(self) -> None:
        """Tasks are busy. Now and then take what messages and timers there are, which would wait for long else.

        Before a turn and not after it: where a step blocks, the task that made it goes on in between."""
        if self._n_busy == 1:
            self._busy_since = monotonic()
        elif self._n_busy >= MAX_BUSY_TURNS or monotonic() - self._busy_since > MAX_BUSY_S:
            for _ in range(MAX_BUSY_TURNS):
                if not self._frames and not self._poll.poll(0):
                    break
                if self._dispatch():
                    self.notes.turn(self.n_turns, "")
            for _ in range(MAX_BUSY_TURNS):
                if not self.fire_timer():
                    break
            self._n_busy = 0

    def _wait(self) -> None:
        """No task is ready: wait for the next message, or until a timer is due."""
        self._n_busy = 0
        if self._frames:
            self._dispatch()
            return
        self._rest()
        timeout_s = self.seconds_to_timer() if self._timers else None
        if timeout_s is None:
            if not self.has_waiting() and not self.engine.has_callbacks() and self._fail_deadlocked():
                return
            if self.n_calls == 1:
                self._look_around()
            if self.notes.repeats and not self._frames and not self._poll.poll(PATIENCE_MS):
                self.notes.tell_waiting(self._n_taken)
            self._dispatch()
        elif self._poll.poll(min(timeout_s, MAX_WAIT_S) * 1000):
            self._dispatch()

    def _rest(self) -> None:
        """Let out what the script has printed, and what is noted, before what may be a long wait."""
        self.flush()
        if self.notes.pending:
            self.notes.send()

    def _fail_deadlocked(self) -> bool:
        """Nothing can happen any more: tell the main task, where it waits."""
        error = self.engine.pack_error(
            "deadlock", "every task waits for another one", "something must send, resolve or end first"
        )
        return self.fail_main(error)

    def _turn_as_noted(self, following: Following) -> None:
        """The same in a run that repeats a recorded one: messages and timers at the turns of its notes, without waiting
        for any clock."""
        turns = following.turns
        while turns and turns[0][0] <= self.n_turns:
            number, path = turns.popleft()
            if number < self.n_turns or not self._repeat(path, following):
                self.notes.lose(self.n_turns)
                return
        if self.run_ready():
            return
        if not turns and not following.hold:
            # A timer must not be faster than a recorded message that is still on its way.
            following.until = following.until or monotonic() + MAX_PATIENCE_S
            may_come = self._timers and (self.n_calls or self.engine.has_callbacks())
            if may_come and monotonic() < following.until and (self._frames or self._poll.poll(PATIENCE_MS)):
                self._dispatch()
            else:
                self.notes.following = None  # from here on it goes its own way
            return
        self._rest()
        if self.has_waiting() or self.engine.has_callbacks():
            if not self._frames and not self._poll.poll(PATIENCE_MS):
                self.notes.tell_waiting(self._n_taken)
            self._dispatch()
        elif turns:  # of a later turn, which nothing leads to
            self.notes.lose(self.n_turns)
        elif not self._fail_deadlocked():
            self._dispatch()

    def _repeat(self, path: str, following: Following) -> bool:
        """Do what was done at this turn of the recorded run. False when that is not possible."""
        if path:
            return self.fire_timer(path)
        held = following.hold
        while held == following.hold:
            if not self._frames and not self._poll.poll(PATIENCE_MS):
                self.notes.tell_waiting(self._n_taken)
            if self._dispatch():
                self.notes.turn(self.n_turns, "")
                return True
        following.turns.clear()  # LIVE has come in the message's place: the record ends here
        return True

    def _look_around(self) -> None:
        """Look for an answer for a moment before sleeping until it comes: most come within that moment, and being woken
        takes longer. Where looking was in vain (a slow call, a busy machine) it is left for a while."""
        if self._n_sleeps:
            self._n_sleeps -= 1
            return
        look = self._poll.poll
        for _ in range(LOOKS):
            if look(0):
                return
        self._n_sleeps = SLEEPS

    def _dispatch(self) -> bool:
        """Take the next message. False when it has made no task ready, and so makes no difference to the script."""
        kind, number, body = self.next_frame()
        self._n_taken += 1
        if kind == RETURN:
            return self.answer(number, True, body)
        if kind == RAISE:
            return self.answer(number, False, body)
        if kind == INVOKE:
            callback, position = read_uint(body, 1)  # after the header of a list of two
            self.invoke(number, callback, body[position:])
            return True
        if kind == CANCEL:
            return self.cancel_invocation(number)
        if kind == RELEASE_CALLBACK:
            self.engine.release_callback(number)
        elif kind == LIVE:
            if self.notes.following is not None:
                self.notes.following.hold = False
        elif kind in (START, EXECUTE):
            raise ValueError("the script has been started already")
        return False

    def block(self, request: bytes) -> tuple[bool, bytes]:
        return self.block_step(("call", request))

    def block_step(self, step: Step) -> tuple[bool, bytes]:
        if self._n_blocking >= MAX_BLOCKING:
            message = f"more than {MAX_BLOCKING} tasks wait inside a sort, a gsub or a finalizer, each within the other"
            return False, self.engine.pack_error("nested_too_deeply", message, "let fewer tasks do that at a time")
        self._n_blocking += 1
        try:
            blocked = self.begin_blocking(step)
            while blocked.answer is None:
                self._turn()
            return blocked.answer
        finally:
            self._n_blocking -= 1

    def flush(self) -> None:
        self.engine.flush()  # a problem is remembered and reported by `end`

    def fatal(self, code: str, message: str) -> None:
        os._exit(FATAL_STATUS[code])

    def exit(self, code: int) -> None:
        self.finish(b"\x81" + _field("exit", bytes((code,)) if code < 128 else bytes((0xCC, code))))

    def finish(self, body: bytes) -> None:
        """The script has ended. Where the host holds functions of it, it may call them for the last time, so that
        events that wait are handled; then end the process. What they do does not change how the script has ended."""
        if self._done is None and self.engine.has_callbacks() and len(body) <= self._max_message_bytes:
            self._done = body
            self.flush()
            ending = self.begin_ending(body)
            while ending.answer is None:
                self._turn()
        self.end(body if self._done is None else self._done)

    def end(self, body: bytes) -> None:
        """Flush the streams, say how it ended, end the process."""
        problem = self.engine.flush()
        if problem is not None and b"stream_error" not in body:
            error = self.engine.pack_error("stream_error", f"cannot write to stdout: {problem}")
            body = b"\x81" + pack_str("error") + error
        if len(body) > self._max_message_bytes:
            self.fatal("message_limit", "")
        self._write(self.notes.take(last=True) + frame(DONE, 0, body))
        os._exit(0)


def _field(name: str, value: bytes) -> bytes:
    return pack_str(name) + value
