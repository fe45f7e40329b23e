"""Try again what has failed for a reason that passes, after a while that doubles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from llmspell.events.built_in.place import LAST_WORD, Names, Place, at_least
from llmspell.events.outcome import MAX_ATTEMPTS, MAX_DELAY_S, Outcome

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext
    from llmspell.events.moment import Moment


def register(place: Place, options: Mapping[str, Any]) -> None:
    """Options: points, names, on, attempts, backoff, max_backoff."""
    names, codes = Names(options["names"]), Names(options["on"])
    attempts = min(at_least(options, "attempts", 1, "how often it is tried in all"), MAX_ATTEMPTS)
    backoff_s, max_backoff_s = options["backoff"], min(options["max_backoff"], MAX_DELAY_S)

    async def again(moment: Moment, ctx: RunContext) -> Outcome | None:
        code = str((moment.error or {}).get("code", ""))
        if moment.attempt >= attempts or moment.name not in names or code not in codes:
            return None
        delay_s = min(backoff_s * 2 ** (moment.attempt - 1), max_backoff_s)
        place.say(
            "info", f"{moment.kind} {moment.name} failed ({code}); attempt {moment.attempt + 1} in {delay_s:.1f} s"
        )
        return Outcome("retry", delay_s=delay_s, max_attempts=attempts)

    for point in options["points"]:
        place.register(point, again, LAST_WORD)
