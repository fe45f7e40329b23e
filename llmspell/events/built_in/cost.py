"""Say what models cost, warn where it becomes much, and refuse more where it is too much."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from llmspell.events.built_in.place import FIRST, HOLDS_BACK, Place
from llmspell.events.outcome import Outcome
from llmspell.events.points import MODEL

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext
    from llmspell.events.moment import Moment


def register(place: Place, options: Mapping[str, Any]) -> None:
    """Options: level, warn_usd, warn_call_usd, limit_usd."""
    level, warn_usd, limit_usd = options["level"], options["warn_usd"], options["limit_usd"]
    warn_call_usd = options["warn_call_usd"]
    run = place.run
    has_warned = False

    async def tell(moment: Moment, ctx: RunContext) -> None:
        nonlocal has_warned
        output = moment.output if isinstance(moment.output, Mapping) else {}
        if moment.metadata.get("cached") is True:
            return
        cost_usd, usage = output.get("cost_usd") or 0.0, output.get("usage") or {}
        tokens = f"{usage.get('input_tokens', 0)} + {usage.get('output_tokens', 0)} tokens"
        place.say(level, f"model {moment.name} cost {_usd(cost_usd)} ({tokens}); the run so far {_usd(run.cost_usd)}")
        if warn_call_usd is not None and cost_usd >= warn_call_usd:
            place.say("warn", f"one call of model {moment.name} cost {_usd(cost_usd)}")
        if warn_usd is not None and run.cost_usd >= warn_usd and not has_warned:
            has_warned = True
            place.say(
                "warn", f"the run has cost {_usd(run.cost_usd)} so far ([hooks.cost] warn_usd = {_usd(warn_usd)[1:]})"
            )

    async def refuse(moment: Moment, ctx: RunContext) -> Outcome | None:
        if run.cost_usd < limit_usd:
            return None
        reason = f"the run has cost {_usd(run.cost_usd)}, and [hooks.cost] limit_usd is {_usd(limit_usd)[1:]}"
        return Outcome("cancel", reason=reason)

    place.register(MODEL.after, tell, FIRST)
    if limit_usd is not None:
        place.register(MODEL.before, refuse, HOLDS_BACK, fatal=True)


def _usd(amount: float) -> str:
    return f"${amount:.6f}" if 0 < amount < 0.01 else f"${amount:.4f}"
