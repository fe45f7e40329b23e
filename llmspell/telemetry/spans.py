"""Records as spans of OpenTelemetry's. Ids come of the run's id and the entry's key, so that no span waits for another.

Imported by the process that sends only, as all that imports OpenTelemetry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from typing import Any

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode, TraceFlags, get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from llmspell.telemetry import conventions as names
from llmspell.version import __version__

_SAMPLED = TraceFlags(TraceFlags.SAMPLED)
_UNSET = Status(StatusCode.UNSET)
_SCOPE = InstrumentationScope("llmspell", __version__)
_PLAIN = 6  # fields of a record that has no attributes


def trace_id_of(run_id: str) -> int:
    """The trace that a run begins where it was not given one."""
    return int.from_bytes(sha256(run_id.encode()).digest()[:16], "big") or 1


def span_id_of(run_id: str, key: str) -> int:
    """The span of an entry; of the run itself where the key is empty."""
    return int.from_bytes(sha256(f"{run_id}\0{key}".encode("utf-8", "surrogatepass")).digest()[:8], "big") or 1


class RunSpans:
    """Makes the spans of one run.

    Args:
        about: Its `run_id`, `script`, `language`, `profile`, `started_at`, and the `traceparent` that it was given.
    """

    def __init__(self, about: Mapping[str, Any], resource: Resource) -> None:
        self.about = about
        self._resource = resource
        self._run_id: str = about["run_id"]
        carrier = {it: about[it] for it in ("traceparent", "tracestate") if about.get(it)}
        around = get_current_span(TraceContextTextMapPropagator().extract(carrier)).get_span_context()
        self.parent = around if around.is_valid else None
        self.trace_id = self.parent.trace_id if self.parent is not None else trace_id_of(self._run_id)
        self._state = self.parent.trace_state if self.parent is not None else None
        self._context = lru_cache(maxsize=4096)(self._context_of)

    def span(self, record: Sequence[Any]) -> ReadableSpan:
        """The span of a record."""
        if len(record) == _PLAIN:
            key, parent, target, method, started_at, ended_at = record
            return self._made(f"{target}.{method}", key, parent, started_at, ended_at, {names.KEY: key})
        key, parent, name, is_client, started_at, ended_at, attributes, error, events = record
        status = _UNSET if error is None else Status(StatusCode.ERROR, error[1])
        kind = SpanKind.CLIENT if is_client else SpanKind.INTERNAL
        return self._made(name, key, parent, started_at, ended_at, attributes, kind, status, events)

    def root(
        self, outcome: str, exit_code: int | None, ended_at: float, events: Sequence[Any], totals: Mapping[str, Any]
    ) -> ReadableSpan:
        """The span of the run itself."""
        about = self.about
        attributes = {
            names.RUN_ID: self._run_id,
            "llmspell.script": about["script"],
            "llmspell.language": about["language"],
            "llmspell.profile": about["profile"],
            "llmspell.outcome": outcome,
            **totals,
        }
        status = _UNSET
        if exit_code is not None:
            attributes["llmspell.exit_code"] = exit_code
        if outcome != "ok":
            attributes[names.ERROR_TYPE] = outcome
            status = Status(StatusCode.ERROR, f"the run ended with {outcome}")
        links = tuple(
            Link(SpanContext(trace_id_of(it), span_id_of(it, ""), is_remote=True, trace_flags=_SAMPLED))
            for it in about.get("earlier", ())
        )
        return ReadableSpan(
            f"run {about['script']}",
            self._context(""),
            self.parent,
            self._resource,
            attributes,
            _events(events),
            links,
            SpanKind.INTERNAL,
            instrumentation_scope=_SCOPE,
            status=status,
            start_time=_ns(about["started_at"]),
            end_time=_ns(ended_at),
        )

    def _made(
        self,
        name: str,
        key: str,
        parent: str,
        started_at: float,
        ended_at: float,
        attributes: Mapping[str, Any],
        kind: SpanKind = SpanKind.INTERNAL,
        status: Status = _UNSET,
        events: Sequence[Any] = (),
    ) -> ReadableSpan:
        return ReadableSpan(
            name,
            self._context_of(key),
            self._context(parent),
            self._resource,
            attributes,
            _events(events) if events else (),
            (),
            kind,
            instrumentation_scope=_SCOPE,
            status=status,
            start_time=_ns(started_at),
            end_time=_ns(ended_at),
        )

    def _context_of(self, key: str) -> SpanContext:
        return SpanContext(self.trace_id, span_id_of(self._run_id, key), False, _SAMPLED, self._state)


def _events(events: Sequence[Any]) -> tuple[Event, ...]:
    return tuple(Event(name, attributes, _ns(at)) for name, at, attributes in events)


def _ns(seconds: float) -> int:
    return int(seconds * 1_000_000_000)
