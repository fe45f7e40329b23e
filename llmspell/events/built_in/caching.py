"""Answer what was asked before in this run without asking again: the same tool or model with the same input.

Which ones is said by name: only the user knows whose answer depends on nothing but its input. How much is remembered is
bounded in `events.remembered`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from llmspell.events.built_in.place import SEES_INPUT, Names, Place
from llmspell.events.outcome import Outcome
from llmspell.events.points import MODEL, TOOL

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext
    from llmspell.events.moment import Moment


def register(place: Place, options: Mapping[str, Any]) -> None:
    """Options: tools, models, ttl."""
    remember = Outcome("cache", ttl_s=options["ttl"])
    if not options["tools"] and not options["models"]:
        place.say("warn", "[hooks.caching] is on and names no tools and no models: nothing is cached")

    def of(patterns: tuple[str, ...]) -> Any:
        names = Names(patterns)

        async def cache(moment: Moment, ctx: RunContext) -> Outcome | None:
            return remember if moment.name in names else None

        return cache

    for points, key in ((TOOL, "tools"), (MODEL, "models")):
        if options[key]:
            place.register(points.before, of(options[key]), SEES_INPUT)
