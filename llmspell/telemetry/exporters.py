"""Where spans and metrics go: stderr for people, a file of OTLP's JSON, a collector."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from google.protobuf.json_format import MessageToDict
from opentelemetry.exporter.otlp.proto.common.metrics_encoder import encode_metrics
from opentelemetry.sdk.metrics import Counter, Histogram
from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    HistogramDataPoint,
    InMemoryMetricReader,
    MetricExporter,
    MetricsData,
)
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from llmspell.telemetry.otlp_json import spans_json, spell_ids


def otlp_exporters(endpoint: str, headers: Mapping[str, str]) -> tuple[SpanExporter, MetricExporter]:
    """To a collector, by OTLP over HTTP. Where something is not said, the OTEL_EXPORTER_OTLP_* variables decide.

    Args:
        endpoint: Without the paths of traces and metrics; empty where it is not said.
    """
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    base = endpoint.rstrip("/")
    sent = dict(headers) or None
    return (
        OTLPSpanExporter(endpoint=f"{base}/v1/traces" if base else None, headers=sent),
        OTLPMetricExporter(endpoint=f"{base}/v1/metrics" if base else None, headers=sent),
    )


class FileOfTelemetry:
    """A line for each batch, as a collector's file exporter writes it and its receiver reads it: OTLP's JSON.

    Raises:
        OSError: When the file cannot be written.
    """

    def __init__(self, path: str) -> None:
        self._path = path

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Write a batch of spans."""
        _append(self._path, spans_json(spans))
        return SpanExportResult.SUCCESS

    def export_metrics(self, metrics: MetricsData) -> None:
        """Write all series."""
        message = MessageToDict(encode_metrics(metrics), use_integers_for_enums=True)
        spell_ids(message)
        _append(self._path, message)


class ShownTelemetry:
    """A readable line for each span and each series on stderr."""

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Show a batch of spans."""
        _show(_line(it) for it in spans)
        return SpanExportResult.SUCCESS

    def export_metrics(self, metrics: MetricsData) -> None:
        """Show all series."""
        _show(
            f"metric {metric.name}{_shown(point.attributes or {})} {_measured(point)} {metric.unit}"
            for resource in metrics.resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
            for point in metric.data.data_points
        )


def delta_reader() -> InMemoryMetricReader:
    """Of what one run has added: where it is written or shown, nobody subtracts the runs before it."""
    return InMemoryMetricReader(dict.fromkeys((Counter, Histogram), AggregationTemporality.DELTA))


def _append(path: str, message: dict[str, Any]) -> None:
    data = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") + b"\n"
    os.makedirs(os.path.dirname(path) or ".", mode=0o700, exist_ok=True)
    fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        while data:  # in one piece, but on a full disk: runs that write to one file do not mix their lines
            data = data[os.write(fd, data) :]
    finally:
        os.close(fd)


def _line(span: ReadableSpan) -> str:
    took_ms = ((span.end_time or 0) - (span.start_time or 0)) / 1e6
    failed = "" if span.status.is_ok or span.status.description is None else f" failed: {span.status.description}"
    events = "".join(f" {it.name}{_shown(it.attributes or {})}" for it in span.events)
    return f"span {span.name} {took_ms:.1f} ms{_shown(span.attributes or {})}{failed}{events}"


def _shown(attributes: Mapping[str, Any]) -> str:
    texts = (f"{name}={json.dumps(value, default=list)}" for name, value in attributes.items())
    return "{" + ", ".join(texts) + "}"


def _measured(point: Any) -> str:
    return f"n={point.count} sum={point.sum:g}" if isinstance(point, HistogramDataPoint) else f"{point.value:g}"


def _show(lines: Any) -> None:
    text = "".join("".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in it) + "\n" for it in lines)
    sys.stderr.write(text)
    sys.stderr.flush()
