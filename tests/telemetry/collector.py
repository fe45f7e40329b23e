"""A collector on loopback: takes OTLP over HTTP, parses its Protocol Buffers, and keeps what came."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(frozen=True, slots=True)
class Span:
    """One that came. `attributes` are those of the span, `resource` those of who sent it."""

    trace_id: str
    span_id: str
    parent_id: str
    name: str
    kind: int
    attributes: dict[str, Any]
    status: tuple[int, str]
    events: list[tuple[str, dict[str, Any]]]
    resource: dict[str, Any]
    took_ns: int


@dataclass
class Received:
    """What has come for one path prefix."""

    spans: list[Span] = field(default_factory=list)
    metrics: dict[str, list[Any]] = field(default_factory=dict)
    headers: list[dict[str, str]] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)

    def named(self, name: str) -> Span:
        (found,) = [it for it in self.spans if it.name == name]
        return found


class Collector:
    """Serves until it is left. Each test sends to a path of its own, `at(name)`."""

    def __init__(self) -> None:
        self._received: dict[str, Received] = {}
        self._lock = threading.Lock()
        self.answers: dict[str, list[int]] = {}  # by test: statuses to answer with first
        self.hangs: set[str] = set()
        self.released = threading.Event()
        collector = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                test, _, path = self.path[1:].partition("/")
                if test in collector.hangs:
                    collector.released.wait()
                answers = collector.answers.get(test)
                status = answers.pop(0) if answers else 200
                with collector._lock:
                    collector._take(test, path, body, {k.lower(): v for k, v in self.headers.items()}, status)
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True

    def __enter__(self) -> Collector:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()

    def url(self, test: str) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/{test}"

    def at(self, test: str) -> Received:
        return self._received.setdefault(test, Received())

    def _take(self, test: str, path: str, body: bytes, headers: dict[str, str], status: int) -> None:
        received = self.at(test)
        received.headers.append(headers)
        received.statuses.append(status)
        received.raw.append(body)
        if status != 200:
            return
        if path == "v1/traces":
            received.spans += _spans(ExportTraceServiceRequest.FromString(body))
        elif path == "v1/metrics":
            for resource in ExportMetricsServiceRequest.FromString(body).resource_metrics:
                for scope in resource.scope_metrics:
                    for metric in scope.metrics:
                        data = getattr(metric, metric.WhichOneof("data")).data_points
                        received.metrics.setdefault(metric.name, []).extend(data)


def attributes(pairs: Any) -> dict[str, Any]:
    """Attributes of OTLP's as plain data."""
    return {it.key: _value(it.value) for it in pairs}


def _value(value: Any) -> Any:
    kind = value.WhichOneof("value")
    return [_value(it) for it in value.array_value.values] if kind == "array_value" else getattr(value, kind)


def _spans(request: ExportTraceServiceRequest) -> list[Span]:
    return [
        Span(
            it.trace_id.hex(),
            it.span_id.hex(),
            it.parent_span_id.hex(),
            it.name,
            it.kind,
            attributes(it.attributes),
            (it.status.code, it.status.message),
            [(event.name, attributes(event.attributes)) for event in it.events],
            attributes(resource.resource.attributes),
            it.end_time_unix_nano - it.start_time_unix_nano,
        )
        for resource in request.resource_spans
        for scope in resource.scope_spans
        for it in scope.spans
    ]
