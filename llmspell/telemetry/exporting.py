"""The process that sends: reads records from its stdin, sends them, and says on its stdout what became of them.

Messages are as `sender` writes them: `["start", {…}]`, `["entries", [record, …]]`, and `["end", …]`. Where the run's
host is gone without a word, the run's span says so. Nothing that goes wrong here is shown but by the host."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO

import msgpack

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan

BATCH = 2_048
MAX_QUEUED = 100_000  # records that wait for a slow collector; those after them are counted
AFTERWARDS_S = 30.0  # that it goes on for where nobody waits for it


class Exporting:
    """The records of one run on their way to its exporters.

    Args:
        places: Where they go.
    """

    def __init__(self, start: Mapping[str, Any], places: Places, complaints: Complaints) -> None:
        from opentelemetry.sdk.metrics import MeterProvider
        from opentelemetry.sdk.trace import TracerProvider

        from llmspell.telemetry.metrics import RunMetrics
        from llmspell.telemetry.spans import RunSpans

        about = start["run"]
        resource = resource_of(start["choices"], about)
        self._spans = RunSpans(about, resource)
        self._exporters = places.spans if self._is_sampled(TracerProvider(shutdown_on_exit=False)) else []
        self._places = places
        self._provider = MeterProvider(places.readers, resource, shutdown_on_exit=False)
        self._metrics = RunMetrics(self._provider)
        self._complaints = complaints
        self.sent = 0
        self.lost = 0

    def add(self, records: Sequence[Sequence[Any]]) -> None:
        """Send the spans of these, and count them."""
        for it in records:
            self._metrics.add(it)
        if self._exporters:
            self._export([self._spans.span(it) for it in records])

    def end(
        self, outcome: str, exit_code: int | None, ended_at: float, events: Sequence[Any], totals: Mapping[str, Any]
    ) -> None:
        """Send the run's own span, and the metrics."""
        if self._exporters:
            self._export([self._spans.root(outcome, exit_code, ended_at, events, totals)])
        self._metrics.end(outcome, ended_at - self._spans.about["started_at"])
        try:
            self._places.write_metrics()
        except Exception as error:  # what is left is to be sent nevertheless
            self._complaints.say(_problem(error))
            self.lost += 1
        self._provider.shutdown(timeout_millis=AFTERWARDS_S * 1000)

    def _export(self, spans: list[ReadableSpan]) -> None:
        from opentelemetry.sdk.trace.export import SpanExportResult

        well = True
        for it in self._exporters:
            try:
                if it.export(spans) is not SpanExportResult.SUCCESS:
                    well = False
            except Exception as error:  # of one exporter: the others are still to have it
                self._complaints.say(_problem(error))
                well = False
        if well:
            self.sent += len(spans)
            self._complaints.is_well()
        else:
            self.lost += len(spans)

    def _is_sampled(self, provider: Any) -> bool:
        """Whether this run is one of those that OTEL_TRACES_SAMPLER, or whoever has begun the trace, wants to see."""
        from opentelemetry.trace import NonRecordingSpan, set_span_in_context

        parent = self._spans.parent
        around = None if parent is None else set_span_in_context(NonRecordingSpan(parent))
        decision = provider.sampler.should_sample(around, self._spans.trace_id, f"run {self._spans.about['script']}")
        return bool(decision.decision.is_sampled())


class Complaints(logging.Handler):
    """What OpenTelemetry's exporters say of what they cannot do, the first since something went well.

    When the run has ended and nobody answers at the collector's address, nobody is going to: `give_up` is called."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.first = ""
        self.has_ended = False
        self.unreachable = False
        self.senders: list[Any] = []

    def emit(self, record: logging.LogRecord) -> None:
        found = record.args[0] if isinstance(record.args, tuple) and record.args else None
        if isinstance(found, Exception):
            self.unreachable = True
            self.say(_problem(found))
            if self.has_ended:
                self.give_up()
        elif record.levelno >= logging.ERROR or not self.first:
            self.say(record.getMessage())

    def say(self, problem: str) -> None:
        self.first = self.first or problem

    def is_well(self) -> None:
        self.unreachable = False

    def end(self) -> None:
        """The run has ended. Called from the reading thread."""
        self.has_ended = True
        if self.unreachable:
            self.give_up()

    def give_up(self) -> None:
        """Break off what is being tried again and again."""
        for it in self.senders:
            threading.Thread(target=it.shutdown, daemon=True).start()  # we are within what it is to break off


def resource_of(choices: Mapping[str, Any], about: Mapping[str, Any]) -> Any:
    """Who says all this: the settings, then OTEL_RESOURCE_ATTRIBUTES and OTEL_SERVICE_NAME, then we."""
    from opentelemetry.sdk.resources import Resource

    from llmspell.version import __version__

    ours = {"service.version": __version__, "service.instance.id": about["run_id"], **choices["resource"]}
    if choices["service_name"]:
        ours["service.name"] = choices["service_name"]
    resource = Resource.create(ours)
    if str(resource.attributes.get("service.name", "")).startswith("unknown_service"):
        resource = resource.merge(Resource({"service.name": "llmspell"}))
    return resource


class Places:
    """Where spans and metrics go, as the settings say.

    Attributes:
        spans: Each has `export(spans)`.
        readers: Of metrics.
        senders: Those that wait for a collector; they have `shutdown()`.
    """

    def __init__(self, choices: Mapping[str, Any]) -> None:
        from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader

        from llmspell.telemetry import exporters

        self.spans: list[Any] = []
        self.readers: list[Any] = []
        self.senders: list[Any] = []
        self._written: list[tuple[Any, Any]] = []
        has_metrics = os.environ.get("OTEL_METRICS_EXPORTER", "").strip().lower() != "none"
        for name in choices["exporters"]:
            if name == "otlp":
                spans, metrics = exporters.otlp_exporters(choices["endpoint"], choices["headers"])
                self.spans.append(spans)
                self.senders += [spans, metrics]
                if has_metrics:
                    self.readers.append(PeriodicExportingMetricReader(metrics))
                continue
            place = exporters.ShownTelemetry() if name == "console" else exporters.FileOfTelemetry(choices["path"])
            self.spans.append(place)
            if has_metrics:
                self.readers.append(exporters.delta_reader())
                self._written.append((place, self.readers[-1]))

    def write_metrics(self) -> None:
        """Write and show what was counted. Raises what the places raise."""
        for place, reader in self._written:
            found = reader.get_metrics_data()
            if found is not None:
                place.export_metrics(found)


class Inbox:
    """The messages of the host, read by a thread, so that the host never waits for a collector."""

    def __init__(self, stream: BinaryIO, complaints: Complaints) -> None:
        self._stream = stream
        self._complaints = complaints
        self._records: deque[Any] = deque()
        self._there = threading.Event()
        self.ending: list[Any] | None = None
        self.is_over = False
        self.n_dropped = 0

    def start(self) -> None:
        threading.Thread(target=self._read, name="inbox", daemon=True).start()

    def take(self) -> list[Any]:
        """Some records, as soon as there are any; none when no more will come."""
        self._there.wait()
        records = [self._records.popleft() for _ in range(min(len(self._records), BATCH))]
        if not self._records and not self.is_over:
            self._there.clear()
            if self._records or self.is_over:
                self._there.set()  # they came in between
        return records

    def _read(self) -> None:
        while (message := read_message(self._stream)) is not None:
            if message[0] == "end":
                self.ending = message[1:]
                break
            for it in message[1]:
                if len(self._records) >= MAX_QUEUED:
                    self.n_dropped += 1
                else:
                    self._records.append(it)
            self._there.set()
        self.is_over = True
        self._complaints.end()
        self._there.set()


def read_message(stream: BinaryIO) -> list[Any] | None:
    """The next one; None where the host is gone."""
    head = stream.read(4)
    if len(head) < 4:
        return None
    body = stream.read(int.from_bytes(head, "big"))
    message: list[Any] = msgpack.unpackb(body, unicode_errors="surrogatepass", strict_map_key=False)
    return message


def serve(stream: BinaryIO) -> tuple[int, int, str]:
    """Send what the host says, until it says no more. Returns what was sent and lost, and why."""
    start = read_message(stream)
    if start is None:
        return 0, 0, ""
    complaints = Complaints()
    logger = logging.getLogger("opentelemetry")
    logger.addHandler(complaints)
    logger.propagate = False
    inbox = Inbox(stream, complaints)
    inbox.start()  # what is read while OpenTelemetry is loaded does not fill the pipe
    places = Places(start[1]["choices"])
    complaints.senders = places.senders
    exporting = Exporting(start[1], places, complaints)
    while records := inbox.take():
        exporting.add(records)
    ending = inbox.ending or ["interrupted", None, time.time(), [], {}]
    exporting.end(*ending)
    return exporting.sent, exporting.lost + inbox.n_dropped, complaints.first if exporting.lost else ""


def main() -> None:
    """The whole life of the process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        sent, lost, problem = serve(sys.stdin.buffer)
    except Exception as error:  # the host says so; a traceback in the middle of a script's output helps nobody
        if os.environ.get("LLMSPELL_DEBUG"):
            raise
        sent, lost, problem = 0, 0, _problem(error)
    try:
        os.write(1, msgpack.packb([sent, lost, problem], unicode_errors="replace"))
    except OSError:
        pass  # nobody waits for it
    os._exit(0)  # a thread may still wait for a collector


def _problem(error: BaseException) -> str:
    text = str(getattr(error, "strerror", "") or error)
    if "refused" in text:
        text = "nobody answers at the collector's address: connection refused"
    return text[:300] if text else type(error).__name__


if __name__ == "__main__":
    main()
