"""Play a recorded run: start its script again and answer every call from the recording. Strict: nothing else happens.

This stands where the client, the bridge and everything behind it stand in a live run, and is none of them: no settings,
no network, no models, no event loop. The worker gets what it once got, in the order in which it got it, so it does what
it did; a call that the recording does not hold ends the run, and says how it differs.

Sound because a worker takes the host's messages only when no task of the script is ready, or at the turns that it noted
(docs/protocol.md): so a message may be sent as soon as its turn has come, however far the worker is."""

from __future__ import annotations

import os
from collections import deque
from select import POLLIN, POLLOUT, poll
from time import monotonic

from llmspell.errors import LimitExceeded, LLMSpellError, ReplayMismatch, error_classes
from llmspell.replay.natural import root_of
from llmspell.replay.recording import CANCEL, CANCEL_ALL, ENDING, Recording
from llmspell.replay.tape_values import packed_plain
from llmspell.runtime.comparing import (
    cannot_come,
    check_call,
    check_result,
    classes_in,
    functions_in,
    never_answered,
)
from llmspell.runtime.ended_by_host import cause_of, was_ended_by_host
from llmspell.runtime.notes import read_note
from llmspell.runtime.outcome import Ending, read_ending, read_error
from llmspell.wire.frames import NIL, frame
from llmspell.wire.messages import (
    CALL,
    CANCEL_CALL,
    DONE,
    FAILED,
    INVOKE,
    LIVE,
    NOTE,
    RAISE,
    READY,
    RELEASE_CALLBACK,
    RESULT,
    RETURN,
)
from llmspell.wire.messages import CANCEL as CANCEL_KIND
from llmspell.wire.messages import ENDING as ENDING_KIND

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from llmspell.journal.entries import Entry
    from llmspell.runtime.launch import Launched

READ_BYTES = 1 << 16
AFTER_MISMATCH_S = 2.0  # for the script to say where it was
AFTER_THE_LAST_S = 2.0  # for what once ended by a limit, a signal or a kill, when nothing is left to play


class Player:
    """Answers one worker from a recording.

    Args:
        launched: The worker, started as it was when the run was recorded.
        profile: Its name and limits, for messages.

    Attributes:
        n_calls: How many calls were answered.
    """

    def __init__(self, recording: Recording, launched: Launched, profile: Mapping[str, Any]) -> None:
        self._recording = recording
        self._entries = recording.entries
        self._launched = launched
        self._profile = profile
        self._order = deque(recording.order)
        self._task_calls: dict[str, int] = {}
        self._made: set[str] = set()
        self._open: dict[str, int] = {}  # recorded calls that wait for their answer, with their ids
        self._functions: dict[int, int] = {}  # how often a function was received
        self._invocations: dict[str, int] = {}
        self._invoked: dict[int, str] = {}
        self._ending: int | None = None
        self._is_stopping = False
        self._out = bytearray()
        self._n_sent = 0  # after START and EXECUTE
        self._is_live = False
        self._is_cut_off = was_ended_by_host(recording.outcome)
        self._classes: dict[int, str] = {}  # of objects, by number, for messages
        self._mismatch: ReplayMismatch | None = None
        self._ended: LLMSpellError | None = None
        self._give_up_at: float | None = None
        self.n_calls = 0

    def play(self) -> Ending:
        """Answer until the worker is done.

        Returns:
            How the run ended: as it once did, or with a ReplayMismatch.
        """
        launched = self._launched
        os.set_blocking(launched.worker.channel, False)
        self._take_frames()
        while self._goes_on():
            self._send_due()
            if not self._wait():
                break
        launched.end()
        return self._end()

    # Reading ------------------------------------------------------------------------------------------------------

    def _goes_on(self) -> bool:
        launched = self._launched
        return self._ended is None and not launched.violation and not any(it[0] == DONE for it in launched.frames)

    def _wait(self) -> bool:
        """Wait for the worker, and write what is left. False when it has ended, or its time is up."""
        launched = self._launched
        channel = launched.worker.channel
        waiting = poll()
        waiting.register(channel, POLLIN | (POLLOUT if self._out else 0))
        ends = [it for it in (launched.deadline, self._give_up_at) if it is not None]
        timeout_ms = max(0.0, min(ends) - monotonic()) * 1000 if ends else None
        if launched.relays:  # their threads notice the output limit, and this one must notice them
            timeout_ms = 200.0 if timeout_ms is None else min(timeout_ms, 200.0)
        if not waiting.poll(timeout_ms):
            now = monotonic()
            launched.timed_out = launched.deadline is not None and now >= launched.deadline
            if launched.timed_out or launched.output_exceeded:
                return False
            return self._give_up_at is None or now < self._give_up_at
        self._write()
        try:
            chunk = os.read(channel, READ_BYTES)
        except BlockingIOError:
            return True
        except OSError:
            chunk = b""
        if not chunk:
            launched.worker.wait()
            return False
        launched.feed(chunk)
        self._take_frames()
        return True

    def _take_frames(self) -> None:
        frames = self._launched.frames
        n_taken = 0
        for kind, number, body in frames:
            if kind == DONE:
                break
            n_taken += 1
            try:
                self._dispatch(kind, number, body)
            except ReplayMismatch as mismatch:
                self._differ(mismatch)
            except ValueError as error:
                self._launched.violation = self._launched.violation or str(error)
                break
        del frames[:n_taken]

    def _dispatch(self, kind: int, number: int, body: bytes) -> None:
        if kind == CALL:
            self._called(number, body)
        elif kind in (RESULT, FAILED):
            self._returned(kind, number, body)
        elif kind == ENDING_KIND:
            self._ending = number
        elif kind == READY:
            self._launched.report = body
        elif kind == CANCEL_CALL:
            self._give_up(number)
        elif kind == NOTE and (n_taken := read_note(body).waiting) >= 0:
            self._stalled(n_taken)

    def _called(self, number: int, body: bytes) -> None:
        from llmspell.wire.values import unpack

        call = unpack(body)
        if not isinstance(call, list) or len(call) != 5 or not all(isinstance(it, str) for it in call[:3]):
            raise ValueError("a call that is not a list of five")
        task, target, method, args, kwargs = call
        count = self._task_calls[task] = self._task_calls.get(task, 0) + 1
        key = f"{task}:{count}"
        self._received([args, kwargs])
        if self._mismatch is not None:
            self._send(frame(RAISE, number, packed_plain(self._mismatch.to_wire())))
            return
        entry = self._entries.get(key)
        if entry is None and self._is_stopping:
            self._send(frame(RAISE, number, packed_plain(self._cause().to_wire())))
            return
        if entry is None and not self._order and self._is_cut_off:
            self._ended = self._cause()
            return
        try:
            check_call(key, entry, target, method, body, self._recording.calls, self._classes)
        except ReplayMismatch as mismatch:
            self._differ(mismatch)
            self._send(frame(RAISE, number, packed_plain(mismatch.to_wire())))
            return
        self._made.add(key)
        self._open[key] = number

    def _returned(self, kind: int, number: int, body: bytes) -> None:
        from llmspell.wire.values import unpack

        entry = self._entries.get(self._invoked.pop(number, ""))
        value = unpack(body)
        self._received(value)
        if entry is not None and self._mismatch is None and not self._is_stopping:
            check_result(entry, value, body, failed=kind == FAILED)

    def _received(self, value: Any) -> None:
        """Know the functions that were received: only these can be invoked."""
        for number in functions_in(value):
            self._functions[number] = self._functions.get(number, 0) + 1

    def _give_up(self, number: int) -> None:
        """The script waits no longer for this call. Where an answer was on its way all the same, it is sent in its
        turn; otherwise none ever will be."""
        answered = set(self._order)
        for key, its_number in list(self._open.items()):
            if its_number == number and key not in answered:
                del self._open[key]

    # Sending ------------------------------------------------------------------------------------------------------

    def _send_due(self) -> None:
        """Send what is due: everything up to the first step that has to wait for the worker."""
        order = self._order
        while order and self._mismatch is None and self._ended is None and self._send_step(order[0]):
            order.popleft()
        if self._ending is not None and (self._mismatch is not None or not order):
            self._answer_ending(self._ending)
        if not order and self._give_up_at is None and self._is_cut_off:
            self._give_up_at = monotonic() + AFTER_THE_LAST_S
        self._write()

    def _send_step(self, step: str) -> bool:
        if step == ENDING:
            if self._ending is None:
                return False
            self._answer_ending(self._ending)
        elif step == CANCEL_ALL:
            self._is_stopping = True
            self._send(frame(CANCEL_KIND, 0))
        elif step.startswith(CANCEL):
            number = self._invocations.get(step.removeprefix(CANCEL))
            if number is not None:
                self._send(frame(CANCEL_KIND, number))
        else:
            entry = self._entries.get(step)
            if entry is None:
                return True
            return self._invoke(entry) if entry.kind == "invocation" else self._answer(entry)
        return True

    def _answer_ending(self, number: int) -> None:
        self._send(frame(RETURN, number, NIL))
        self._ending = None

    def _answer(self, entry: Entry) -> bool:
        if entry.key not in self._open:
            return False
        if any(root_of(it.parent) == entry.key and it.closed < entry.closed for it in self._running()):
            return False  # what the call had done by the script's functions is part of it
        number = self._open.pop(entry.key)
        self.n_calls += 1
        if entry.error is None:
            body = entry.result_packed if entry.result_packed is not None else NIL
            if b"\xc7" in body or b"\xc8" in body or b"\xd8" in body:  # it may hold extensions: host objects
                self._classes.update(classes_in(entry.result))
            self._send(frame(RETURN, number, body))
            return True
        error = read_error(dict(entry.error))
        cls = next((it for it in error_classes() if it.code == error.code), LLMSpellError)
        if issubclass(cls, LimitExceeded):
            self._ended = cls(error.message, hint=error.hint, details=error.details)
            return False
        self._send(frame(RAISE, number, packed_plain(dict(entry.error))))
        return True

    def _invoke(self, entry: Entry) -> bool:
        from msgpack import packb

        function = int(entry.key[2:].partition(".")[0])
        if function not in self._functions:
            return False  # the script has not handed it over yet
        number = self._invocations[entry.key] = len(self._invocations) + 1
        self._invoked[number] = entry.key
        self._send(frame(INVOKE, number, b"\x92" + packb(function) + entry.args_packed))
        return True

    def _running(self) -> Iterator[Entry]:
        """The invocations that are under way, without those that were once cancelled."""
        for key in self._invoked.values():
            entry = self._entries[key]
            if entry.error is None or entry.error.get("code") != "cancelled":
                yield entry

    def _send(self, data: bytes) -> None:
        self._out += data
        self._n_sent += 1

    def _write(self) -> None:
        while self._out:
            try:
                del self._out[: os.write(self._launched.worker.channel, self._out)]
            except BlockingIOError:
                return
            except OSError:  # it is gone; whoever reads notices
                self._out.clear()

    # The end ------------------------------------------------------------------------------------------------------

    def _stalled(self, n_taken: int) -> None:
        """The worker has waited for a message for a while, having taken so many; and may wait for ever."""
        self._send_due()
        if n_taken != self._n_sent or self._mismatch is not None or self._ended is not None:
            return  # one is on its way
        if self._ending is not None:
            self._answer_ending(self._ending)
        elif not self._is_live:
            self._is_live = True
            self._send(frame(LIVE, 0))  # timers that were not noted may fire
        elif self._order:
            self._differ(self._held_up())
            self._give_up_at = 0.0
        elif self._is_cut_off:
            self._give_up_at = 0.0
        elif self._open:
            self._differ(never_answered(self._entries[next(iter(self._open))]))
            self._give_up_at = 0.0
        else:
            # The host let go of the functions it held at some time, and then nothing could happen any more.
            for number, count in self._functions.items():
                for _ in range(count):
                    self._send(frame(RELEASE_CALLBACK, number))
            if not self._functions:
                self._differ(cannot_come(""))
                self._give_up_at = 0.0
            self._functions.clear()

    def _held_up(self) -> ReplayMismatch:
        head = self._order[0]
        entry = self._entries.get(head)
        if entry is not None and entry.kind == "call" and head not in self._made:
            from llmspell.replay.mismatch import never_made

            return never_made(self._missing())
        return cannot_come(head)

    def _missing(self) -> list[Entry]:
        answered = set(self._recording.order)
        return [it for it in self._recording.calls() if it.key not in self._made and it.key in answered]

    def _differ(self, mismatch: ReplayMismatch) -> None:
        if self._mismatch is None:
            self._mismatch = mismatch
            self._give_up_at = monotonic() + AFTER_MISMATCH_S

    def _cause(self) -> LLMSpellError:
        return cause_of(self._recording.outcome, self._profile)

    def _end(self) -> Ending:
        launched = self._launched
        if self._mismatch is not None:
            self._add_place(self._mismatch)
            return Ending(self._mismatch.exit_code, None, self._mismatch)
        if self._ended is not None:
            return Ending(self._ended.exit_code, None, self._ended)
        is_done = any(it[0] == DONE for it in launched.frames)
        outcome = self._recording.outcome
        if self._is_stopping or (not is_done and self._give_up_at is not None and not launched.violation):
            cause = self._cause() if self._is_cut_off and not launched.output_exceeded else None
            if cause is not None:
                return Ending(outcome.exit_code if outcome is not None else cause.exit_code, None, cause)
        ending = read_ending(launched, self._profile)
        if is_done and not launched.violation and (missing := self._missing()):
            from llmspell.replay.mismatch import never_made

            mismatch = never_made(missing)
            if ending.error is not None:
                mismatch.message += f"\n  the script ended before with: {ending.error.message}"
            return Ending(mismatch.exit_code, None, mismatch)
        return ending

    def _add_place(self, mismatch: ReplayMismatch) -> None:
        """Let the error show the script's own line, where the script said where it was."""
        for kind, _, _ in self._launched.frames:
            if kind == DONE:
                error = read_ending(self._launched, self._profile).error
                if error is not None and error.code == mismatch.code:
                    mismatch.traceback = getattr(error, "traceback", "")  # type: ignore[attr-defined]
