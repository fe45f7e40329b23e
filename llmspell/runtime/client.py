"""The host's end of a worker that calls: reads its messages, has the bridge answer them, many at a time.

Everything that arrives is hostile input: sizes and kinds were checked by the splitter, the bridge checks what is in
it, and counts are bounded here. Whatever the worker does wrong ends it, and nothing else."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Coroutine
from select import POLLIN, poll
from time import monotonic
from typing import TYPE_CHECKING, Any

from llmspell.bridge.bridge import Bridge, Call
from llmspell.errors import (
    InternalError,
    LimitExceeded,
    LLMSpellError,
    OutcomeUnknown,
    ReplayMismatch,
)
from llmspell.events.in_time import rest_of
from llmspell.replay.order import Order
from llmspell.replay.recording import CANCEL_ALL, WORKER
from llmspell.replay.recording import ENDING as ENDING_STEP
from llmspell.runtime.admission import Admission
from llmspell.runtime.functions import Functions
from llmspell.runtime.invocations import note_step, note_taken_back
from llmspell.runtime.launch import Launched
from llmspell.runtime.notes import read_note
from llmspell.runtime.outbox import Outbox
from llmspell.wire.frames import frame
from llmspell.wire.messages import (
    CALL,
    CANCEL,
    CANCEL_CALL,
    DONE,
    ENDING,
    FAILED,
    LIVE,
    NOTE,
    RAISE,
    READY,
    RELEASE,
    RESULT,
    RETURN,
)
from llmspell.wire.values import unpack

if TYPE_CHECKING:
    pass

READ_BYTES = 32_768  # comes from the heap; a larger buffer would be mapped and unmapped for each message
READ_BYTES_LARGE = 1 << 20  # once a large message is under way
LIVE_S = 2.0  # of a worker that waits while the recorded order does not go on: then its timers may fire
MAX_HOLD_S = 0.02  # of messages in a row; then timers and signals have their turn
ENDING_S = 2.0  # after the script's end, for functions of it that are still to be called
ENDING_GRACE_S = 0.5  # and then for those that are under way to stop


# How often to look whether the next call is there before sleeping until it comes. Being woken costs more than all of an
# answer (on virtual machines ten times more), and a script that has just called often calls again at once. Together
# some 150 µs at the most; nothing where the worker would need this processor for it.
LOOKS = 150 if (os.cpu_count() or 1) > 1 else 0


class EngineClient:
    """Serves one launched worker until it is done.

    Args:
        alone: The event loop serves nothing else, so it may be held for a millisecond: a script that calls in a row is
            then answered without a turn of the loop for each call.
        order: In which answers and invocations reach the worker, for a run that goes on from a recorded one.
        at_end: Awaited when the script has ended and the host still holds functions of it, which can then be called for
            the last time. Whatever it does, and however long it takes, the script has ended as it has.

    Attributes:
        functions: Runs the script's functions.
    """

    def __init__(
        self,
        launched: Launched,
        bridge: Bridge,
        *,
        max_calls_at_once: int,
        alone: bool = False,
        order: Order | None = None,
        at_end: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._launched = launched
        self._run = bridge.run
        self._order = order
        self._is_live = order is None  # otherwise its timers fire where the notes say, until it is told
        self._at_end = at_end
        self._done: bytes | None = None  # how the script has ended, when it has and its worker has not
        self._wait_a_little = poll() if alone else None
        self._bridge = bridge
        self._max_calls = max_calls_at_once
        self._loop = asyncio.get_running_loop()
        self._calls: dict[int, asyncio.Task[None]] = {}
        self._unbegun: dict[int, Call] = {}  # of these, those that wait for their first turn, or for a place
        self._admission = Admission()
        self._outbox = Outbox(launched.worker.channel, self._loop, self._go_on_reading)
        self.functions = Functions(bridge.run, bridge.handles, self._admission, self._outbox, self._send, order=order)
        self._reading = False
        self._open = True
        self._n_sent = 0  # after START and EXECUTE
        self._ended: asyncio.Future[None] = self._loop.create_future()
        self.error: LLMSpellError | None = None  # what ended the run from this side

    async def serve(self) -> bool:
        """Answer until the worker is done, has ended, or its time is up.

        Returns:
            False when its time was up.
        """
        fd = self._launched.worker.channel
        os.set_blocking(fd, False)
        if self._wait_a_little is not None:
            self._wait_a_little.register(fd, POLLIN)
        try:
            for body in self._launched.notes:  # of before there was a journal
                self._run.journal.note(self._run.run_id, WORKER, "", unpack(body))
            if self._order is not None and self._order.is_done:
                self._go_live()
            elif self._order is not None:
                self._order.at_end = self._go_live
            self._go_on_reading()
            deadline = self._launched.deadline
            try:
                async with asyncio.timeout(None if deadline is None else max(0.0, deadline - monotonic())):
                    await self._ended
            except TimeoutError:
                if self._done is None:
                    return False
                self._launched.frames.append((DONE, 0, self._done))
            return True
        finally:
            await self._close(fd)

    def stop(self, error: LLMSpellError) -> None:
        """End the run from this side. The first reason stays."""
        if self.error is None:
            self.error = error
        self._end()

    def cancel_all(self) -> None:
        """Stop what is under way, and ask the script to wind up."""
        for task in self._calls.values():
            task.cancel()
        self._send(frame(CANCEL, 0))
        note_step(self._run, CANCEL_ALL)

    # Reading -----------------------------------------------------------------------------------------------------

    def _on_readable(self) -> None:
        leave_at = monotonic() + MAX_HOLD_S
        while True:
            try:
                size = READ_BYTES if self._launched.splitter.pending < READ_BYTES else READ_BYTES_LARGE
                chunk = os.read(self._launched.worker.channel, size)
            except BlockingIOError:
                return
            except OSError:
                chunk = b""
            if not chunk:
                self._end()
                return
            self._launched.feed(chunk)
            if self._launched.violation:
                self._end()
                return
            self._take_frames()
            waiting = self._wait_a_little
            if waiting is None or self._calls or not self._outbox.is_empty or self._ended.done() or not _soon(waiting):
                return
            if monotonic() > leave_at:
                return

    def _take_frames(self) -> None:
        frames = self._launched.frames
        n_taken = 0  # one deletion for all: a worker may send a hundred thousand small messages at a time
        for kind, number, body in frames:
            if not self._open or self._ended.done() or not self._outbox.has_room:
                break
            if kind == DONE:
                self._end()  # the frame stays, for whoever reads the ending
                break
            n_taken += 1
            try:
                self._dispatch(kind, number, body)
            except ValueError as error:
                self._violate(str(error))
            except Exception as error:  # ours; the run must not wait for what nobody will answer
                self.stop(InternalError(f"a message could not be handled ({type(error).__name__}); this is a bug"))
        del frames[:n_taken]
        if not self._outbox.has_room and self._reading:
            self._loop.remove_reader(self._launched.worker.channel)
            self._reading = False

    def _go_on_reading(self) -> None:
        if self._open and not self._reading:
            self._loop.add_reader(self._launched.worker.channel, self._on_readable)
            self._reading = True
            self._take_frames()

    def _dispatch(self, kind: int, number: int, body: bytes) -> None:
        if kind == CALL:
            self._admission.saw(len(body))
            self._begin(number, self._bridge.read(body, self.functions))
        elif kind in (RESULT, FAILED):
            if self.functions.is_waiting(number):  # otherwise its caller was cancelled
                value = self._bridge.resolve(unpack(body), self.functions)
                self.functions.settle(number, kind == RESULT, value, body)
        elif kind == CANCEL_CALL:
            self._cancel_call(number)
        elif kind == RELEASE:
            self._bridge.handles.release(number)
        elif kind == READY:
            self._launched.report = body
        elif kind == ENDING:
            self._begin_ending(number, body)
        elif kind == NOTE:
            self._keep_note(body)

    def _begin(self, number: int, call: Call) -> None:
        if number in self._calls:
            raise ValueError(f"a second call with the id {number}")
        if len(self._calls) >= self._max_calls:
            raise ValueError(f"more than {self._max_calls} calls at once")
        answering: Coroutine[Any, Any, None] = self._answer(number, call)
        if call.inline and self._order is None:
            # Nothing in it waits (but a durable journal): done at once, it costs no task and no turn of the loop.
            try:
                waits_for = answering.send(None)
            except StopIteration:
                return
            answering = rest_of(answering, waits_for)
        else:
            self._unbegun[number] = call
        self._calls[number] = self._loop.create_task(answering)

    def _cancel_call(self, number: int) -> None:
        """The script waits no longer. A call that has not begun yet is kept as made and never answered."""
        task = self._calls.get(number)
        if task is None:
            return
        task.cancel()
        call = self._unbegun.pop(number, None)
        if call is not None:
            self._calls.pop(number)  # cancelled before its first turn, it has none in which to do so itself
            note_taken_back(self._run, call)

    def _go_live(self) -> None:
        """Tell the worker that all recorded messages have been sent."""
        if self._open and not self._is_live:
            self._is_live = True
            self._send(frame(LIVE, 0))

    def _keep_note(self, body: bytes) -> None:
        self._launched.keep_note(body)
        n_taken = read_note(body).waiting
        if n_taken >= 0:
            if self._order is not None and n_taken >= self._n_sent:
                self._order.skip_missing()  # what should come first cannot come any more
                if not self._is_live:  # or the worker waits for a timer that nobody has noted
                    self._loop.call_later(LIVE_S, self._go_live)
            return
        self._run.journal.note(self._run.run_id, WORKER, "", unpack(body))

    async def _answer(self, number: int, call: Call) -> None:
        admission = self._admission
        try:
            await admission.enter()
            self._unbegun.pop(number, None)
            try:
                ok, answer = await self._bridge.answer(call)
                admission.saw(len(answer))
                await self._outbox.room()
                if self._order is not None:
                    await self._order.turn(call.key)
                self._send(frame(RETURN if ok else RAISE, number, answer))
                if self._order is not None:
                    self._order.passed(call.key)
            finally:
                admission.leave()
        except (LimitExceeded, ReplayMismatch, OutcomeUnknown) as error:
            self.stop(error)
        finally:
            self._calls.pop(number, None)

    def _begin_ending(self, number: int, done: bytes) -> None:
        if self._done is not None or number in self._calls:
            raise ValueError("a second end")
        self._done = done
        self._calls[number] = self._loop.create_task(self._answer_ending(number))

    async def _answer_ending(self, number: int) -> None:
        try:
            if self._at_end is not None and self.error is None:
                async with asyncio.timeout(ENDING_S):
                    await self._at_end()
        except TimeoutError:
            pass
        except LimitExceeded as error:
            self.stop(error)
        finally:
            self._calls.pop(number, None)
            if self._open:
                self._send(frame(RETURN, number, b"\xc0"))
                note_step(self._run, ENDING_STEP)
                self._loop.call_later(ENDING_GRACE_S, self._settle_ending)

    def _settle_ending(self) -> None:
        """Do not wait any longer for a worker whose script has ended: one of its functions does not stop."""
        if self._done is not None and not self._ended.done():
            self._launched.frames.append((DONE, 0, self._done))
            self._end()

    def _violate(self, why: str) -> None:
        self._launched.violation = self._launched.violation or why
        self._end()

    def _end(self) -> None:
        if not self._ended.done():
            self._ended.set_result(None)

    def _send(self, data: bytes) -> None:
        self._n_sent += 1
        self._outbox.send(data)

    async def _close(self, fd: int) -> None:
        self._open = False
        self._run.is_over = True
        self._loop.remove_reader(fd)
        self._outbox.close()
        self.functions.close()
        tasks: list[Awaitable[None]] = list(self._calls.values())
        for task in self._calls.values():
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _soon(waiting: poll) -> bool:
    """Whether the worker sends something within about a millisecond."""
    for _ in range(LOOKS):
        if waiting.poll(0):
            return True
    return bool(waiting.poll(1))
