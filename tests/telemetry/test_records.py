"""What is told of an entry: the conventions' names, no secret, and little of a plain call."""

import json

from google.protobuf.json_format import MessageToDict
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.resources import Resource
from opentelemetry.semconv._incubating.attributes import gen_ai_attributes, server_attributes
from opentelemetry.semconv._incubating.metrics import gen_ai_metrics
from opentelemetry.semconv.attributes import error_attributes

from llmspell.journal.entries import Draft, Usage
from llmspell.journal.snapshot import pack
from llmspell.security.permissions import Decision
from llmspell.security.redact import Redactor
from llmspell.telemetry import conventions
from llmspell.telemetry.otlp_json import spans_json, spell_ids
from llmspell.telemetry.records import MAX_CONTENT_CHARS, Describing, Record
from llmspell.telemetry.spans import RunSpans

SECRET = "canary-0a1b2c3d4e5f"


def described(draft: Draft, *, content: bool = False) -> Record:
    describing = Describing(Redactor([SECRET]), content=content, address=lambda name: (f"{name}.example", 443))
    found = describing.describe(draft)
    assert isinstance(found, Record)
    return found


def model(**more: object) -> Draft:
    request = {"messages": [{"role": "user", "text": f"hi {SECRET}"}], "settings": {"temperature": 0.5, "seed": 7}}
    message = {"role": "assistant", "text": "yo", "reasoning": "hm"}
    answer = {"response": {"message": message, "finish_reason": "stop", "model": "m-2", "request_id": f"id-{SECRET}"}}
    fields = {"usage": Usage(10, 20, 5), "cost_usd": 0.25, "result": pack(answer), "ended_at": 3.5, **more}
    return Draft("r", "0:1/1", "0:1", "model", "google/m", pack(request), False, 2.0, **fields)  # type: ignore[arg-type]


def test_every_name_is_one_of_the_installed_conventions():
    known = {
        value
        for module in (gen_ai_attributes, gen_ai_metrics, server_attributes, error_attributes)
        for name, value in vars(module).items()
        if name.isupper()
    }
    ours = {
        value
        for name, value in vars(conventions).items()
        if name.isupper() and isinstance(value, str) and not value.startswith("llmspell.") and "." in value
    } | set(conventions.REQUEST_SETTINGS.values())
    assert len(ours) > 25
    assert ours <= known
    operations = {it.value for it in gen_ai_attributes.GenAiOperationNameValues}
    assert {
        conventions.CHAT,
        conventions.INVOKE_AGENT,
        conventions.INVOKE_WORKFLOW,
        conventions.EXECUTE_TOOL,
    } <= operations
    providers = {it.value for it in gen_ai_attributes.GenAiProviderNameValues}
    for name in ("openai", "anthropic", "google", "xai", "mistral", "bedrock", "deepseek", "groq", "cohere"):
        assert conventions.provider_name(name) in providers


def test_a_request_to_a_model():
    found = described(model())
    assert (found.name, found.is_client) == ("chat m", True)
    assert found.attributes == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "gcp.gemini",
        "gen_ai.request.model": "m",
        "gen_ai.request.temperature": 0.5,
        "gen_ai.request.seed": 7,
        "gen_ai.response.model": "m-2",
        "gen_ai.response.id": "id-[redacted]",
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.usage.input_tokens": 10,
        "gen_ai.usage.output_tokens": 20,
        "gen_ai.usage.cache_read.input_tokens": 5,
        "server.address": "google.example",
        "server.port": 443,
        "llmspell.key": "0:1/1",
        "llmspell.cost_usd": 0.25,
    }


def test_content_is_redacted_and_bounded():
    found = described(model(), content=True)
    assert json.loads(found.attributes["gen_ai.input.messages"])[0]["parts"][0]["content"] == "hi [redacted]"
    assert json.loads(found.attributes["gen_ai.output.messages"])[0]["parts"][0] == {
        "type": "reasoning",
        "content": "hm",
    }
    tool = Draft("r", "0:1/1", "0:1", "tool", "t", pack({"a": "x" * 200_000, "b": b"\xff"}), False, 2.0, ended_at=3.0)
    assert len(described(tool, content=True).attributes["gen_ai.tool.call.arguments"]) == MAX_CONTENT_CHARS


def test_an_effect_that_failed_or_is_private_or_has_no_result_is_told_of():
    failed = described(model(result=None, error={"code": "rate_limited", "message": f"no {SECRET}"}), content=True)
    assert failed.error == ("rate_limited", "no [redacted]")
    assert failed.attributes["error.type"] == "rate_limited"
    private = Draft(
        "r", "0:1/1", "", "model", "a/b", pack("[private]"), False, 2.0, result=pack("[private]"), ended_at=3.0
    )
    assert described(private, content=True).name == "chat b"


def test_a_plain_call_is_six_fields_and_a_refused_one_has_its_refusal():
    describing = Describing(Redactor([SECRET]), content=False, address=lambda _: None)
    call = Draft("r", "0:1", "", "Tool", "execute", b"", False, 2.0, ended_at=3.0)
    assert describing.describe(call) == ("0:1", "", "Tool", "execute", 2.0, 3.0)
    call.decisions = [Decision(True, "tool", "calculator", ""), Decision(False, "read", f"/{SECRET}", "")]
    found = describing.describe(call)
    assert isinstance(found, Record)
    ((name, at, about),) = found.events
    assert (name, at) == ("llmspell.permission.denied", 3.0)
    assert about == {
        "llmspell.permission.kind": "read",
        "llmspell.permission.subject": "/[redacted]",
        "llmspell.permission.rule": "default",
    }


def test_our_json_is_that_of_the_protocol_buffers():
    about = {
        "run_id": "r",
        "script": "a.lua",
        "language": "lua",
        "profile": "medium",
        "started_at": 1.5,
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "tracestate": "a=b",
        "earlier": ["r0"],
    }
    spans = RunSpans(about, Resource({"service.name": "x", "n": 3}))
    describing = Describing(Redactor(), content=True, address=lambda _: ("h", 1))
    refused = Draft(
        "r", "0:2", "0:1", "Tool", "execute", b"", False, 2.0, ended_at=3.0, error={"code": "c", "message": "m"}
    )
    refused.decisions = [Decision(False, "read", "/x", "")]
    plain = Draft("r", "0:1", "", "Tool", "execute", b"", False, 2.0, ended_at=3.0)
    made = [spans.span(describing.describe(it)) for it in (plain, refused, model())]
    made.append(spans.root("error", 1, 9.0, [("e", 2.0, {"a": True, "b": 1.5, "c": ["x", "y"]})], {"t": 1}))
    theirs = MessageToDict(encode_spans(made), use_integers_for_enums=True)
    spell_ids(theirs)
    assert spans_json(made) == theirs


def test_a_secret_is_taken_out_before_a_message_is_cut() -> None:
    error = {"code": "bad", "message": "x" * 990 + f" {SECRET}"}
    told = described(model(error=error)).error
    assert told is not None and "canary" not in told[1] and len(told[1]) == 1000 and told[1].startswith("xxx")
