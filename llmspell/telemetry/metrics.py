"""The metrics of a run, of its records: tokens and durations as the GenAI conventions have them, and what it cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from opentelemetry.sdk.metrics import MeterProvider

from llmspell.telemetry import conventions as names
from llmspell.version import __version__

# As the conventions say.
_TOKEN_BOUNDS = [float(4**it) for it in range(14)]
_SECOND_BOUNDS = [0.01 * 2**it for it in range(14)]


class RunMetrics:
    """Counts."""

    def __init__(self, provider: MeterProvider) -> None:
        meter = provider.get_meter("llmspell", __version__)
        self._tokens = meter.create_histogram(
            names.TOKEN_USAGE,
            "{token}",
            "Number of input and output tokens used.",
            explicit_bucket_boundaries_advisory=_TOKEN_BOUNDS,
        )
        self._duration = meter.create_histogram(
            names.OPERATION_DURATION,
            "s",
            "GenAI operation duration.",
            explicit_bucket_boundaries_advisory=_SECOND_BOUNDS,
        )
        self._cost = meter.create_counter("llmspell.cost", "{USD}", "What models have cost.")
        self._runs = meter.create_histogram("llmspell.run.duration", "s", "How long runs took.")

    def add(self, record: Sequence[Any]) -> None:
        """Count a record of a request to a model; all others are counted by nobody."""
        if len(record) != 9 or record[6].get(names.OPERATION) != names.CHAT or names.REUSED in record[6]:
            return  # what an earlier run was answered, that run has counted
        _, _, _, _, started_at, ended_at, found, _, _ = record
        about = {
            it: found[it]
            for it in (
                names.OPERATION,
                names.PROVIDER,
                names.REQUEST_MODEL,
                names.RESPONSE_MODEL,
                names.SERVER_ADDRESS,
                names.SERVER_PORT,
            )
            if it in found
        }
        for kind, name in (("input", names.INPUT_TOKENS), ("output", names.OUTPUT_TOKENS)):
            if name in found:
                self._tokens.record(found[name], {**about, names.TOKEN_TYPE: kind})
        if found.get(names.COST):
            self._cost.add(found[names.COST], about)
        failed = {names.ERROR_TYPE: found[names.ERROR_TYPE]} if names.ERROR_TYPE in found else {}
        self._duration.record(max(0.0, ended_at - started_at), {**about, **failed})

    def end(self, outcome: str, seconds: float) -> None:
        """Count the run itself."""
        self._runs.record(max(0.0, seconds), {"llmspell.outcome": outcome})
