"""Log what happens: one line for each moment, to stderr and to the run's journal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from llmspell.events.built_in.place import SEES_INPUT, SEES_OUTPUT, Names, Place
from llmspell.events.listeners import matcher
from llmspell.events.points import POINTS

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext
    from llmspell.events.moment import Moment


def register(place: Place, options: Mapping[str, Any]) -> None:
    """Options: level, points, names, content."""
    level, names, content = options["level"], Names(options["names"]), options["content"]

    async def log(moment: Moment, ctx: RunContext) -> None:
        if moment.name not in names and moment.name:
            return
        about = f"{moment.kind} {moment.name}".strip()
        fields: dict[str, Any] = {"point": moment.point, "kind": moment.kind, "name": moment.name}
        message = f"{moment.point}: {about}"
        if moment.attempt > 1:
            fields["attempt"] = moment.attempt
            message += f", attempt {moment.attempt}"
        if moment.error is not None:
            fields["error"] = str(moment.error.get("code", ""))
            message += f": {moment.error.get('message', '')}"
        if content:
            is_after = moment.output is not None
            seen = place.shown(moment.output if is_after else moment.input)
            fields["output" if is_after else "input"] = seen
            message += f": {seen}"
        run = place.run
        run.journal.note(run.run_id, "log", ctx.key, {"level": level, "message": message, "fields": fields})
        place.say(level, message)

    for pattern in options["points"]:
        # A pattern is one registration for each point, since inputs are seen late and outputs early.
        matching = [it for it in POINTS.values() if matcher(pattern)(it.name)]
        if not matching:
            place.register(pattern, log, SEES_INPUT)  # raises, and names the nearest
        for it in matching:
            place.register(it.name, log, SEES_INPUT if it.subject == "input" else SEES_OUTPUT)
