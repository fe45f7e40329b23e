"""The script's functions that the host runs: tools and hooks of a script's, steps, handlers, what reads a stream.

Each run of one is a new task of the script's; its name (`cb3.0`) is counted here and in the worker alike."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from copy import copy
from typing import TYPE_CHECKING, Any

from llmspell.bridge.restoring import values_again
from llmspell.errors import ScriptError, WorkerCrashed
from llmspell.replay.recording import CANCEL as CANCEL_STEP
from llmspell.runtime.invocations import InvocationRecord, note_step
from llmspell.runtime.outcome import read_error
from llmspell.wire.frames import frame
from llmspell.wire.messages import CANCEL, INVOKE, RELEASE_CALLBACK
from llmspell.wire.values import pack

if TYPE_CHECKING:
    from llmspell.bridge.handles import HandleTable
    from llmspell.effects.context import RunContext
    from llmspell.effects.run import Run
    from llmspell.journal.entries import Entry
    from llmspell.replay.order import Order
    from llmspell.runtime.admission import Admission
    from llmspell.runtime.outbox import Outbox


class Functions:
    """Implements `bridge.callbacks.Invoker` for one worker.

    Args:
        send: Writes a frame to the worker.
        order: As of `runtime.client.EngineClient`.
    """

    def __init__(
        self,
        run: Run,
        handles: HandleTable,
        admission: Admission,
        outbox: Outbox,
        send: Callable[[bytes], None],
        *,
        order: Order | None,
    ) -> None:
        self._run = run
        self._handles = handles
        self._admission = admission
        self._outbox = outbox
        self._send = send
        self._order = order
        self._loop = asyncio.get_running_loop()
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._last = 0
        self._n_invoked: dict[int, int] = {}
        self._open = True

    async def invoke(self, number: int, args: list[Any], around: RunContext | None = None) -> Any:
        if not self._open:
            raise WorkerCrashed("the script has ended, its function can no longer be called")
        # The worker names the task so, too (`worker.tasks`): both count the calls of each function, in the same order.
        count = self._n_invoked.get(number, 0)
        if self._order is not None:
            self._n_invoked[number] = count + 1  # others may come while this one waits
            await self._order.turn(f"cb{number}.{count}")
        else:
            await self._outbox.room()  # or it would overtake answers that came first
            count = self._n_invoked.get(number, 0)
            self._n_invoked[number] = count + 1
        path = f"cb{number}.{count}"
        self._last += 1
        invocation = self._last
        if around is not None:
            around.run.called_from[path] = around
        waiting = self._waiting[invocation] = self._loop.create_future()
        packed = pack(args, self._handles.describe)
        record = InvocationRecord(self._run, path, number, packed, around)
        self._send(frame(INVOKE, invocation, b"\x92" + pack(number, _nothing) + packed))
        if self._order is not None:
            self._order.passed(path)
        self._admission.leave()  # the function may call the host, and need a place there itself
        try:
            value, body = await waiting
        except BaseException as error:  # recorded and raised again, whatever it is
            if isinstance(error, asyncio.CancelledError) and self._open:
                self._send(frame(CANCEL, invocation))
                note_step(self._run, CANCEL_STEP + path)
            await record.failed(error)
            raise
        finally:
            self._waiting.pop(invocation, None)
            if around is not None:
                around.run.called_from.pop(path, None)
            self._admission.come_back()
        await record.done(body)
        return value

    async def invoke_again(self, entry: Entry, around: RunContext) -> None:
        """Call a function of the script's as a recorded entry says that it was; what came of it is known."""
        number = int(entry.key.removeprefix("cb").partition(".")[0])
        place = copy(around)
        place.key = entry.parent
        with contextlib.suppress(ScriptError):
            await self.invoke(number, values_again(entry.args_packed), place)

    def release_callback(self, number: int) -> None:
        if self._open:
            self._loop.call_soon_threadsafe(self._send, frame(RELEASE_CALLBACK, number))

    def is_waiting(self, invocation: int) -> bool:
        """Whether anybody waits for what comes of this one."""
        waiting = self._waiting.get(invocation)
        return waiting is not None and not waiting.done()

    def settle(self, invocation: int, ok: bool, value: Any, body: bytes) -> None:
        """It has ended: `value` is what it returned or its error map, `body` the same as it came."""
        waiting = self._waiting[invocation]
        if ok:
            waiting.set_result((value, body))
        else:
            waiting.set_exception(read_error(value))

    def close(self) -> None:
        """The worker can run none any more."""
        self._open = False
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(WorkerCrashed("the script ended while its function was running"))


def _nothing(_: object) -> None:
    return None
