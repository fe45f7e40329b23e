"""Count what happens: calls, failures, time, and what models use, by kind and name."""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from llmspell.events.built_in.place import FIRST, POINTS_OF, Lines, Place

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext
    from llmspell.events.moment import Moment

MAX_NAMES = 1000  # of one kind; the others are counted together
MAX_SAMPLES = 1000  # the latest, for the percentiles
OTHERS = "(others)"
STARTED = "metrics.started_at"  # in the metadata of a moment


class Row:
    """What is counted of one name."""

    __slots__ = ("cost_usd", "latest", "max_ms", "n_cached", "n_calls", "n_failed", "n_tokens", "total_ms")

    def __init__(self) -> None:
        self.n_calls = 0
        self.n_failed = 0
        self.n_cached = 0
        self.total_ms = 0.0
        self.max_ms = 0.0
        self.latest: deque[float] = deque(maxlen=MAX_SAMPLES)
        self.n_tokens = [0, 0]
        self.cost_usd = 0.0

    def to_value(self) -> dict[str, Any]:
        ordered = sorted(self.latest)
        row: dict[str, Any] = {
            "calls": self.n_calls,
            "failures": self.n_failed,
            "cached": self.n_cached,
            "total_ms": round(self.total_ms, 3),
            "mean_ms": round(self.total_ms / self.n_calls, 3) if self.n_calls else 0.0,
            "max_ms": round(self.max_ms, 3),
        }
        for name, share in (("p50_ms", 0.5), ("p95_ms", 0.95)):
            row[name] = round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 3) if ordered else 0.0
        if any(self.n_tokens) or self.cost_usd:
            row["input_tokens"], row["output_tokens"] = self.n_tokens
            row["cost_usd"] = round(self.cost_usd, 6)
        return row


class Metrics:
    """What was counted, by kind and name."""

    def __init__(self) -> None:
        self._rows: dict[str, dict[str, Row]] = {}

    def row(self, kind: str, name: str) -> Row:
        """The row of a name; made when it is not there."""
        rows = self._rows.setdefault(kind, {})
        if name not in rows and len(rows) >= MAX_NAMES:
            name = OTHERS
        return rows.setdefault(name, Row())

    def to_value(self) -> dict[str, Any]:
        """As `Hook.metrics()` tells it."""
        return {kind: {name: row.to_value() for name, row in rows.items()} for kind, rows in self._rows.items()}


def register(place: Place, options: Mapping[str, Any]) -> Callable[[], None] | None:
    """Options: kinds, path."""
    metrics = Metrics()
    place.hooks.kept["metrics"] = metrics.to_value
    for kind in options["kinds"]:
        points = POINTS_OF[kind]
        place.register(points.before, _begins, FIRST)
        for point in filter(None, (points.after, points.error)):
            place.register(point, _counting(metrics, kind), FIRST)
    if options["path"] is None:
        return None
    lines = Lines(options["path"])

    def close() -> None:
        lines.write(json.dumps({"run_id": place.run.run_id, "metrics": metrics.to_value()}, ensure_ascii=False))
        lines.close()

    return close


async def _begins(moment: Moment, ctx: RunContext) -> None:
    moment.metadata[STARTED] = time.perf_counter()


def _counting(metrics: Metrics, kind: str) -> Any:
    async def count(moment: Moment, ctx: RunContext) -> None:
        row = metrics.row(kind, moment.name)
        row.n_calls += 1
        row.n_failed += moment.error is not None
        if moment.metadata.get("cached") is True:
            row.n_cached += 1
        elif isinstance(moment.output, Mapping) and kind == "model":
            usage = moment.output.get("usage")
            if isinstance(usage, Mapping):
                row.n_tokens[0] += usage.get("input_tokens") or 0
                row.n_tokens[1] += usage.get("output_tokens") or 0
            row.cost_usd += moment.output.get("cost_usd") or 0.0
        started = moment.metadata.get(STARTED)
        if isinstance(started, float):
            took_ms = max(0.0, (time.perf_counter() - started) * 1000)
            row.total_ms += took_ms
            row.max_ms = max(row.max_ms, took_ms)
            row.latest.append(took_ms)
            moment.metadata[STARTED] = time.perf_counter()  # where it is done again, that is another call

    return count
