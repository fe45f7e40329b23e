"""Spans in OTLP's JSON, as a collector's file exporter writes it: ids in hex, kinds as numbers, 64-bit numbers as text.

Written by hand: to make Protocol Buffers of a span and JSON of these takes ten times as long (a test compares both)."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from typing import Any

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanContext

_IDS = ("traceId", "spanId", "parentSpanId")
_HAS_IS_REMOTE, _IS_REMOTE = 0x100, 0x200  # flags of OTLP's


def spans_json(spans: Sequence[ReadableSpan]) -> dict[str, Any]:
    """Spans of one resource and one scope; there must be some."""
    resource, scope = spans[0].resource, spans[0].instrumentation_scope
    found = {"attributes": _attributes(resource.attributes)}
    about: dict[str, Any] = {"resource": found, "scopeSpans": [{"spans": [_span(it) for it in spans]}]}
    if scope is not None:
        about["scopeSpans"][0]["scope"] = {"name": scope.name, "version": scope.version}
    return {"resourceSpans": [about]}


def spell_ids(value: Any) -> None:
    """Put ids into hex in what Protocol Buffers have made JSON of, which have them in base64."""
    if isinstance(value, dict):
        for name, it in value.items():
            if name in _IDS and isinstance(it, str):
                value[name] = b64decode(it).hex()
            else:
                spell_ids(it)
    elif isinstance(value, list):
        for it in value:
            spell_ids(it)


def _span(span: ReadableSpan) -> dict[str, Any]:
    context, parent = span.context, span.parent
    assert context is not None
    value: dict[str, Any] = _ids(context)
    if parent is not None:
        value["parentSpanId"] = f"{parent.span_id:016x}"
    value |= {
        "flags": _flags(parent),
        "name": span.name,
        "kind": span.kind.value + 1,  # 0 is "unspecified" there
        "startTimeUnixNano": str(span.start_time),
        "endTimeUnixNano": str(span.end_time),
        "status": {},
    }
    if span.attributes:
        value["attributes"] = _attributes(span.attributes)
    if span.events:
        value["events"] = [
            {"timeUnixNano": str(it.timestamp), "name": it.name, "attributes": _attributes(it.attributes or {})}
            for it in span.events
        ]
    if span.links:
        value["links"] = [{**_ids(it.context), "flags": _flags(it.context)} for it in span.links]
    if not span.status.is_unset:
        value["status"] = {"code": span.status.status_code.value}
        if span.status.description:
            value["status"]["message"] = span.status.description
    return value


def _ids(context: SpanContext) -> dict[str, Any]:
    ids = {"traceId": f"{context.trace_id:032x}", "spanId": f"{context.span_id:016x}"}
    if context.trace_state:
        ids["traceState"] = context.trace_state.to_header()
    return ids


def _flags(context: SpanContext | None) -> int:
    return _HAS_IS_REMOTE | (_IS_REMOTE if context is not None and context.is_remote else 0)


def _attributes(attributes: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"key": name, "value": _value(it)} for name, it in attributes.items()]


def _value(value: Any) -> dict[str, Any]:
    if isinstance(value, str):
        return {"stringValue": value}
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, bytes):
        return {"bytesValue": b64encode(value).decode("ascii")}
    return {"arrayValue": {"values": [_value(it) for it in value]}}
