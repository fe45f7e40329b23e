"""Keep what happened within what, as spans: each with when it began, how long it took, how it ended, and its parent.

A hook is called where something happens, and the key of that place says what it lies within (`0:1/2` in `0:1`). A
function of the script's begins a key of its own; who has called it, or published what it handles, its context knows."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from llmspell.events.built_in.place import FIRST, POINTS_OF, Lines, Place, at_least

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext
    from llmspell.events.moment import Moment

MAX_SPANS = 100_000
SPAN = "tracing.span"  # in the metadata of a moment


class Span:
    """One thing that was done. `started` is by a clock that never goes back; `children` are those that are open."""

    __slots__ = ("children", "started", "value")

    def __init__(self, value: dict[str, Any]) -> None:
        self.value = value
        self.started = time.perf_counter()
        self.children: list[Span] = []

    def end(self, status: str) -> None:
        """It has ended, and so have those within it whose end nobody was told of: a model that fails has no point."""
        self.value["duration_ms"] = round((time.perf_counter() - self.started) * 1000, 3)
        self.value["status"] = status
        children, self.children = self.children, []
        for it in children:
            if it.value["status"] == "open":
                it.end("unfinished")


class Spans:
    """The spans of a run.

    Args:
        max_spans: How many are kept.
        shown: How what goes in and comes out is kept; it is not, where that is None.
    """

    def __init__(self, trace_id: str, max_spans: int, shown: Callable[[Any], str] | None) -> None:
        self._trace_id = trace_id
        self._max_spans = max_spans
        self._shown = shown
        self._by_id: dict[str, Span] = {}
        self._by_key: dict[str, Span] = {}
        self.n_dropped = 0

    def begin(self, kind: str, moment: Moment, ctx: RunContext) -> None:
        """Something begins. The moment carries its id to the end."""
        if len(self._by_id) >= self._max_spans:
            self.n_dropped += 1
            return
        key = ctx.key.rpartition("/")[0]  # without the hook's own part
        parent = next((it for it in self._around(key, ctx) if it.value["kind"] != "model"), None)
        span_id = f"{len(self._by_id) + 1:016x}"
        span = Span(
            {
                "trace_id": self._trace_id,
                "span_id": span_id,
                "parent_id": None if parent is None else parent.value["span_id"],
                "kind": kind,
                "name": moment.name,
                "start": ctx.now(),
                "duration_ms": None,
                "status": "open",
            }
        )
        if self._shown is not None:
            span.value["input"] = self._shown(moment.input)
        if parent is not None:
            parent.children.append(span)
        self._by_id[span_id] = self._by_key[key] = span
        moment.metadata[SPAN] = span_id

    def end(self, moment: Moment) -> None:
        """It has ended. Where hooks have it done again, it ends again."""
        span = self._by_id.get(str(moment.metadata.get(SPAN)))
        if span is None:
            return
        value = span.value
        if moment.error is not None:
            value["error"] = moment.error.get("code")
        else:
            value.pop("error", None)
        if moment.attempt > 1:
            value["attempts"] = moment.attempt
        if moment.metadata.get("cached") is True:
            value["cached"] = True
        if isinstance(moment.output, Mapping):
            value.update({key: moment.output[key] for key in ("usage", "cost_usd") if moment.output.get(key)})
        if self._shown is not None:
            value["output"] = self._shown(moment.output)
        span.end("error" if moment.error is not None else "ok")

    def _around(self, key: str, ctx: RunContext) -> Iterator[Span]:
        """The spans that a place lies within, the innermost first."""
        for at in (key, *reversed(ctx.callers)):
            while at:
                found = self._by_key.get(at)
                # At the very same place only what has not ended is around.
                if found is not None and (at != key or found.value["status"] == "open"):
                    yield found
                at = at.rpartition("/")[0]
        if ctx.cause is not None:
            published = ctx.cause.ctx
            yield from self._around(f"{published.key}/.", published)

    def to_value(self) -> list[dict[str, Any]]:
        """As `Hook.traces()` tells them, in the order in which they began."""
        return [dict(it.value) for it in self._by_id.values()]


def register(place: Place, options: Mapping[str, Any]) -> Callable[[], None] | None:
    """Options: kinds, content, max_spans, path."""
    at_least(options, "max_spans", 1, "a number of spans")
    spans = Spans(place.run.run_id, min(options["max_spans"], MAX_SPANS), place.shown if options["content"] else None)
    place.hooks.kept["traces"] = spans.to_value

    async def ends(moment: Moment, ctx: RunContext) -> None:
        spans.end(moment)

    for kind in options["kinds"]:
        points = POINTS_OF[kind]
        place.register(points.before, _beginning(spans, kind), FIRST)
        for point in filter(None, (points.after, points.error)):
            place.register(point, ends, FIRST)
    if options["path"] is None:
        return None
    lines = Lines(options["path"])

    def close() -> None:
        for it in spans.to_value():
            lines.write(json.dumps(it, ensure_ascii=False))
        if spans.n_dropped:
            lines.write(json.dumps({"trace_id": place.run.run_id, "dropped": spans.n_dropped}))
        lines.close()

    return close


def _beginning(spans: Spans, kind: str) -> Any:
    async def begins(moment: Moment, ctx: RunContext) -> None:
        spans.begin(kind, moment, ctx)

    return begins
