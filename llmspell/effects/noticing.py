"""Tell hooks of what is noticed of any effect: that it was refused, that it has used up a limit, that it was slow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.errors import BudgetExceeded, LimitExceeded, LLMSpellError, PermissionDenied

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext
    from llmspell.effects.perform import Effect

SLOW = "PerformanceThresholdExceeded"
LIMIT = "ResourceLimitExceeded"
REFUSED = "SecurityViolation"
_NOTICED = "_was_noticed"


async def notice_error(ctx: RunContext, effect: Effect, error: LLMSpellError) -> None:
    """Tell of an error, once, where it comes from: on its way up it passes the effects around this one.

    Args:
        ctx: Inside the effect.
    """
    if isinstance(error, PermissionDenied):
        point = REFUSED
    elif isinstance(error, BudgetExceeded | LimitExceeded):
        point = LIMIT
    else:
        return
    hooks = ctx.run.hooks
    if point not in hooks.at or _NOTICED in vars(error) or ctx.run.stopped is not None:
        return
    vars(error)[_NOTICED] = True  # kept with the error, as nobody else lives as long
    found = error.details
    subject = f"{found.get('kind')}:{found.get('subject')}" if point == REFUSED and "subject" in found else ""
    name = subject or str(found.get("scope") or error.code)
    await hooks.notify(ctx, point, kind="system", name=name[:200], input=_asked(effect, ctx), error=error)


async def notice_slow(ctx: RunContext, effect: Effect, took_s: float) -> None:
    """Tell of an effect that has taken longer than it should. See `notice_error`."""
    hooks = ctx.run.hooks
    if took_s > hooks.slow_s:
        took = {"duration_ms": round(took_s * 1000, 3), "threshold_ms": hooks.slow_s * 1000}
        name = f"{effect.target}.{effect.method}"
        await hooks.notify(ctx, SLOW, kind="system", name=name[:200], input=_asked(effect, ctx), metadata=took)


def _asked(effect: Effect, ctx: RunContext) -> dict[str, str]:
    return {"target": effect.target, "method": effect.method, "actor": ctx.actor, "key": ctx.key}
