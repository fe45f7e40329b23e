"""Do one effect: permit, count, intend, do, record. The only function that does any of these.

An *effect* is whatever a replay must not do again or cannot foresee: a bridge call as a whole and, inside it, a
model request, a tool execution, a state access. Effects nest: what `do` performs on its own context becomes a child."""

from __future__ import annotations

import time
from asyncio import CancelledError
from collections.abc import Awaitable, Callable
from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmspell.effects.context import RunContext
from llmspell.effects.flows import MEMORY, remembered
from llmspell.effects.metering import Meter
from llmspell.effects.noticing import SLOW, notice_error, notice_slow
from llmspell.effects.reused import CUT_OFF
from llmspell.errors import LimitExceeded, LLMSpellError
from llmspell.journal.entries import Draft, Kind, Value
from llmspell.journal.snapshot import pack

if TYPE_CHECKING:
    from llmspell.effects.run import Run
    from llmspell.journal.protocol import Journal


@dataclass(frozen=True, slots=True)
class Effect:
    """What is about to be done.

    Args:
        needs: Pairs of kind and subject that the profile must grant, on behalf of the caller.
        idempotent: Doing it twice is the same as doing it once, so a resumed run may repeat it.
        actor: Who acts inside it, for the messages of its own denials; the caller if empty.
        recorded: False where it reads and changes nothing outside the run.
        kind: "call" for a whole call of the script: `args` are then the packed body of CALL, and what `do` returns is
            the packed body of RETURN, so that neither has to be packed a second time.
        again: Done again when a run is resumed, around what is recorded of its children: all that it reads and changes
            outside the run are effects of their own.
        restore: For a call that is answered from the record: brings the run into the state that it had brought it into,
            and gives the packed body of RETURN.
        private: The record says that it was done, but neither with what nor what came of it: that is kept elsewhere,
            encrypted.
        meter: Holds back what it may cost at the most before it is done, and books what it did cost; None is free.
    """

    target: str
    method: str
    args: Value
    needs: tuple[tuple[str, str], ...] = ()
    idempotent: bool = False
    actor: str = ""
    recorded: bool = True
    meter: Meter | None = None
    private: bool = False
    kind: Kind = "effect"
    again: bool = False
    restore: Callable[[RunContext, bytes], Awaitable[bytes]] | None = None


PRIVATE = "[private]"  # what the record of a private effect has instead
_PRIVATE = pack(PRIVATE)
_PRIVATE_CALL = pack(["", "", "", [PRIVATE], {}])


async def perform(
    ctx: RunContext, effect: Effect, do: Callable[[RunContext], Awaitable[Value]], *, part: str = ""
) -> Value:
    """Do an effect under the rules of its run.

    Args:
        ctx: Where the caller is. A script's own calls (no entry around them) count against the limit on calls.
        do: Awaited with the context inside the effect, for its own permissions, children and charges.
        part: The effect's key is that of the part of this name (see `RunContext.child`), and not the next number: for
            effects that happen at the same time.

    Raises:
        PermissionDenied: Something in `needs` is not granted; nothing was done, and the refusal is recorded.
        BudgetExceeded: Its meter has not enough left; nothing was done, and the refusal is recorded.
        CallLimitExceeded: The run has used up its calls.
        Cancelled: The run is being stopped (or what it is being stopped for, a limit).
        StoreError: In durable mode, when the journal cannot be written.
    """
    run = ctx.run
    if run.stopped is not None:
        # A copy: one exception raised again and again would drag every place along in its traceback.
        raise copy(run.stopped).with_traceback(None)
    key = (
        ctx.part_key(part) if part else ctx.next_key()
    )  # taken even by effects that are not recorded: keys must not depend on what is kept
    if not ctx.entry:
        try:
            run.count_call()
        except LimitExceeded as error:
            if run.hooks.at:
                await notice_error(RunContext(run, key, ctx.actor, key, within=ctx.within), effect, error)
            raise
    run.n_effects += 1
    actors = (*ctx.actors, effect.actor) if effect.actor else ctx.actors
    inner = RunContext(
        run,
        key,
        effect.actor or ctx.actor,
        key,
        actors=actors,
        budgets=ctx.budgets,
        callers=ctx.callers,
        within=ctx.within,
        cause=ctx.cause,
        rails=ctx.rails,
        is_private=effect.private,
    )
    hooks = run.hooks
    started = time.perf_counter() if hooks.at and SLOW in hooks.at else 0.0
    is_kept = (effect.recorded or run.keeps_local) and run.journal.mode != "off"
    if is_kept or run.watchers or run.replay is not None:
        return await _recorded(ctx, inner, effect, do, started, is_kept=is_kept)
    try:
        _permit(ctx, inner, effect)
        result = await do(inner) if effect.meter is None else await _metered(effect.meter, inner, do)
    except LLMSpellError as error:
        if hooks.at:
            await notice_error(inner, effect, error)
        raise
    if started:
        await notice_slow(inner, effect, time.perf_counter() - started)
    return result


async def _recorded(
    ctx: RunContext,
    inner: RunContext,
    effect: Effect,
    do: Callable[[RunContext], Awaitable[Value]],
    started: float,
    *,
    is_kept: bool,
) -> Value:
    """Do it and keep a record of it, however it ends. Nothing waits between the end and the answer but the record."""
    run = inner.run
    journal = run.journal
    is_call = effect.kind == "call"
    if effect.private:
        args = _PRIVATE_CALL if is_call else _PRIVATE
    else:
        args = effect.args if is_call else pack(effect.args)
    draft = Draft(
        run.run_id,
        inner.key,
        ctx.entry,
        effect.target,
        effect.method,
        args,
        effect.idempotent,
        time.time(),
        run.tick(),
        effect.kind,
        not effect.recorded,
    )
    for it in run.watchers:
        it.opened(draft)
    intends = is_kept and not (effect.idempotent or effect.again)
    try:
        _permit(ctx, inner, effect)
        # A replay answers here, from the entry of this key: after the permission, before anything is held back or done.
        reused = run.replay.find(draft, inner, effect) if run.replay is not None and effect.recorded else None
        if run.replay is not None and reused is not None:
            result = await run.replay.give(reused, draft, inner, effect, do)
        elif effect.meter is None:
            if intends:
                await _intend(journal, draft)
            result = await do(inner)
        else:
            result = await _metered(effect.meter, inner, do, draft if intends else None)
    except BaseException as error:  # recorded and raised again, whatever it is: the record must say how it ended
        if run.hooks.at and isinstance(error, LLMSpellError):
            await notice_error(inner, effect, error)
        draft.error = _error_map(error, run)
        if run.replay is not None and run.replay.failure is not None:
            is_kept = False  # the run cannot go on from its record: nothing was done here, and nothing has ended
        await _settle(draft, inner, is_kept=is_kept, is_answered=not isinstance(error, CancelledError))
        raise
    if started:
        await notice_slow(inner, effect, time.perf_counter() - started)
    if effect.private:
        draft.result = _PRIVATE
    else:
        draft.result = result if is_call else pack(result)
    await _settle(draft, inner, is_kept=is_kept)
    return result


async def _intend(journal: Journal, draft: Draft) -> None:
    if journal.mode == "durable":
        await journal.intend(draft)
    else:
        journal.mark(draft)


def enter(ctx: RunContext, effect: Effect, part: str) -> RunContext | None:
    """The context inside an effect that needs no permission and is not to be recorded, as `perform` would make it: for
    what is done at once, many times, where to await it would cost more than to do it.

    Returns:
        None where it must be performed: its run keeps a record.

    Raises:
        Cancelled: As of `perform`.
    """
    run = ctx.run
    if not ctx.entry or effect.needs or effect.meter is not None or run.watchers or run.replay is not None:
        return None
    if (effect.recorded or run.keeps_local) and run.journal.mode != "off":
        return None
    if run.stopped is not None:
        raise copy(run.stopped).with_traceback(None)
    run.n_effects += 1
    key = ctx.part_key(part)
    return RunContext(
        run,
        key,
        ctx.actor,
        key,
        actors=ctx.actors,
        budgets=ctx.budgets,
        callers=ctx.callers,
        within=ctx.within,
        rails=ctx.rails,
    )


async def _metered(
    meter: Meter, inner: RunContext, do: Callable[[RunContext], Awaitable[Value]], intent: Draft | None = None
) -> Value:
    """Do it between a reservation and its settlement, whatever becomes of it."""
    hold = await meter.reserve(inner)
    try:
        if intent is not None:
            await _intend(inner.run.journal, intent)
        return await do(inner)
    finally:
        await hold.settle(inner.usage, inner.cost_usd)


def _permit(ctx: RunContext, inner: RunContext, effect: Effect) -> None:
    """Ask as the caller, and let the decisions stand in the effect's own entry."""
    if effect.needs:
        asking = RunContext(ctx.run, inner.key, ctx.actor, inner.entry, inner.decisions)
        for kind, subject in effect.needs:
            asking.permit(kind, subject)
    if effect.target in MEMORY:
        remembered(inner, effect.target, effect.method)


async def _settle(draft: Draft, inner: RunContext, *, is_kept: bool, is_answered: bool = True) -> None:
    run = inner.run
    draft.ended_at = time.time()
    if is_answered:
        draft.closed = run.tick()
    draft.decisions = inner.decisions
    draft.usage = inner.usage
    draft.cost_usd = inner.cost_usd
    for it in run.watchers:
        it.closed(draft)
    if is_kept:
        await run.journal.record(draft)


def _error_map(error: BaseException, run: Run) -> dict[str, object]:
    if isinstance(error, LLMSpellError):
        found = error.to_wire()
    elif isinstance(error, CancelledError):
        found = {"code": "cancelled", "message": "cancelled while it was under way"}
    else:
        return {"code": "internal_error", "message": f"{type(error).__name__}: {error}"}
    is_stop = run.stopped is not None and isinstance(error, CancelledError | type(run.stopped))
    if is_stop or (run.is_over and isinstance(error, CancelledError)):
        details = found.get("details")
        found["details"] = {**(details if isinstance(details, dict) else {}), CUT_OFF: True}
    return found
