"""The record of the script's functions that the host calls, and of what else decides what a worker does next."""

from __future__ import annotations

import time
from asyncio import CancelledError
from typing import TYPE_CHECKING

from llmspell.effects.perform import PRIVATE
from llmspell.errors import LLMSpellError
from llmspell.journal.entries import Draft
from llmspell.journal.snapshot import pack
from llmspell.replay.recording import ORDER, TAKEN_BACK

if TYPE_CHECKING:
    from llmspell.bridge.bridge import Call
    from llmspell.effects.context import RunContext
    from llmspell.effects.run import Run


class InvocationRecord:
    """The entry of one invocation, from just before it is sent to the worker.

    Args:
        path: Of the task that it becomes, which is its key.
        args: Packed.
        around: Where it is called from.
    """

    __slots__ = ("_draft", "_is_private", "_run")

    def __init__(self, run: Run, path: str, number: int, args: bytes, around: RunContext | None) -> None:
        self._run = run
        self._draft: Draft | None = None
        self._is_private = around is not None and around.is_private
        if run.journal.mode == "off" and not run.watchers:
            return
        parent = around.key if around is not None else ""
        self._draft = Draft(
            run.run_id,
            path,
            parent,
            "script",
            f"function {number}",
            pack([PRIVATE]) if self._is_private else args,
            False,
            time.time(),
            run.tick(),
            "invocation",
        )
        for it in run.watchers:
            it.opened(self._draft)

    async def done(self, result: bytes) -> None:
        """It has returned this."""
        if self._draft is not None:
            self._draft.result = pack(PRIVATE) if self._is_private else result
            await self._settle(self._draft)

    async def failed(self, error: BaseException) -> None:
        """It has failed, or nobody waits for it any longer."""
        if self._draft is None:
            return
        if self._is_private:
            self._draft.error = {"code": getattr(error, "code", "error"), "message": PRIVATE}
        elif isinstance(error, LLMSpellError):
            self._draft.error = error.to_wire()
        elif isinstance(error, CancelledError):
            self._draft.error = {"code": "cancelled", "message": "cancelled while it was under way"}
        else:
            self._draft.error = {"code": "internal_error", "message": f"{type(error).__name__}: {error}"}
        await self._settle(self._draft)

    async def _settle(self, draft: Draft) -> None:
        draft.ended_at = time.time()
        draft.closed = self._run.tick()
        for it in self._run.watchers:
            it.closed(draft)
        if self._run.journal.mode != "off":
            await self._run.journal.record(draft)


def note_step(run: Run, step: str) -> None:
    """Keep that the worker was told something at this point which is neither an answer nor an invocation."""
    run.journal.note(run.run_id, ORDER, "", {"step": step, "tick": run.tick()})


def note_taken_back(run: Run, call: Call) -> None:
    """Keep a call that the script took back before anything was done for it."""
    number = call.target.removeprefix("#")
    about = {
        "target": call.target,
        "method": call.method,
        "handle": int(number) if number != call.target and number.isdecimal() and len(number) <= 10 else 0,
        "tick": run.tick(),
    }
    run.journal.note(run.run_id, TAKEN_BACK, call.key, about)
