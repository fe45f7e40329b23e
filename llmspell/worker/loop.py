"""The worker's message loop: reads frames, gives tasks their turns, and ends the process.

Blocking on purpose: between two turns there is nothing to do but wait for the host or a timer."""

from __future__ import annotations

import os
from select import POLLIN, poll

from llmspell.engine.protocol import ScriptFault
from llmspell.wire.frames import FrameSplitter, frame, pack_str, read_uint
from llmspell.wire.messages import (
    CANCEL,
    DONE,
    EXECUTE,
    HOST_KINDS,
    INVOKE,
    RAISE,
    RELEASE_CALLBACK,
    RETURN,
    START,
)
from llmspell.worker.tasks import Tasks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from llmspell.engine.protocol import Step

# The worker's exit status says which limit ended it; nothing has to be allocated to say so. `runtime.outcome` reads it.
FATAL_STATUS = {"memory_limit": 137, "output_limit": 153, "task_limit": 81, "message_limit": 82}
MAX_HOST_MESSAGE_BYTES = 1 << 31
MAX_BLOCKING = 40  # steps that block one inside the other; each takes a part of the C stack
MAX_WAIT_S = 86_400.0  # poll takes no more than 24 days at once; a longer sleep is waited for in pieces
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
        if self.run_ready():
            # Answers that are there already are taken between turns, so that no task waits behind a busy one.
            if self._frames or (self.has_ready() and self._poll.poll(0)):
                self._dispatch()
            return
        self.flush()
        timeout_s = self.seconds_to_timer()
        if timeout_s is None:
            if not self.has_waiting() and not self.engine.has_callbacks():
                error = self.engine.pack_error(
                    "deadlock", "every task waits for another one", "something must send, resolve or end first"
                )
                if self.fail_main(error):
                    return
            if self.n_calls == 1 and not self._frames:
                self._look_around()
            self._dispatch()
        elif self._frames or self._poll.poll(min(timeout_s, MAX_WAIT_S) * 1000):
            self._dispatch()

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

    def _dispatch(self) -> None:
        kind, number, body = self.next_frame()
        if kind == RETURN:
            self.answer(number, True, body)
        elif kind == RAISE:
            self.answer(number, False, body)
        elif kind == INVOKE:
            callback, position = read_uint(body, 1)  # after the header of a list of two
            self.invoke(number, callback, body[position:])
        elif kind == CANCEL:
            self.cancel_invocation(number)
        elif kind == RELEASE_CALLBACK:
            self.engine.release_callback(number)
        elif kind in (START, EXECUTE):
            raise ValueError("the script has been started already")

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
        self._write(frame(DONE, 0, body))
        os._exit(0)


def _field(name: str, value: bytes) -> bytes:
    return pack_str(name) + value
