"""A run as a collector sees it: the tree of the journal, the names of the conventions, and no secret."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from collector import Collector, Received

from llmspell.config.load import load_settings
from llmspell.journal.sqlite_reader import SqliteReader
from llmspell.runtime.outcome import Outcome
from llmspell.runtime.runtime import ScriptRuntime
from llmspell.runtime.script import detect
from llmspell.telemetry.spans import span_id_of, trace_id_of

SECRET = "sk-canary-9d1f7b3c5e2a8046"
SCRIPT = """
local agent = Agent.create{{ name = "counter", model = {{ scripted = {{
  {{ when = "6 *", tool = "calculator", arguments = {{ input = "6 * 7" }},
    usage = {{ input_tokens = 11, output_tokens = 3 }} }},
  {{ when = {{ after_tool = "calculator" }}, text = "It is {{{{last_tool_result}}}}. {secret}",
    usage = {{ input_tokens = 20, output_tokens = 5 }} }},
}} }}, tools = {{ "calculator" }} }}
agent:execute("6 times 7? My key is {secret}")
Run.checkpoint("asked {secret}")
Tool.execute("text-manipulator", {{ operation = "uppercase", input = "{secret}" }})
pcall(Tool.execute, "file-operations", {{ operation = "read", path = "/etc/{secret}" }})
local step = {{ name = "one", tool = "calculator", input = {{ input = "1 + 1" }} }}
Workflow.sequential{{ name = "chores", steps = {{ step }} }}:execute()
print("done")
"""


def run(folder: Path, text: str, telemetry: str, env: Mapping[str, str] = {}, *, ending: str = "lua") -> Outcome:
    """Run a script with these settings, in this process."""
    (folder / f"report.{ending}").write_text(text, "utf-8")
    settings = folder / "settings.toml"
    settings.write_text(
        f'[journal]\npath = "journal.db"\n[ledger]\npath = ":memory:"\n[telemetry]\n{telemetry}', "utf-8"
    )
    environ = {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": os.environ.get("PYTHONPATH", ""), **env}
    loaded = load_settings(environ=environ, files=[str(settings)])
    return ScriptRuntime("medium", settings=loaded).run(detect(str(folder / f"report.{ending}")), output="capture")


@pytest.fixture(scope="module")
def sent(collector: Collector, tmp_path_factory: pytest.TempPathFactory) -> tuple[Received, Path, Outcome]:
    """One run that does a bit of everything, sent to a collector and to a file, with content."""
    folder = tmp_path_factory.mktemp("run")
    outcome = run(
        folder,
        SCRIPT.format(secret=SECRET),
        f'exporters = ["otlp", "file"]\nendpoint = "{collector.url("run")}"\ncontent = true\npath = "spans.jsonl"\n'
        f'headers = "authorization=Bearer {SECRET},x-team=a"\nwait = 60\n'
        'resource = ["deployment.environment.name=test"]\n',
        {"MY_API_KEY": SECRET},
    )
    assert outcome.error is None
    assert outcome.stdout == b"done\n"
    assert outcome.stderr == b""
    return collector.at("run"), folder, outcome


def test_the_tree_of_spans_is_the_tree_of_the_journal(sent):
    received, folder, _ = sent
    with SqliteReader(str(folder / "journal.db")) as reader:
        row = reader.find_run("last")
        assert row is not None
        entries = list(reader.entries(row.run.run_id))
    run_id = row.run.run_id
    assert len(entries) > 10
    spans = {it.attributes.get("llmspell.key", ""): it for it in received.spans}
    ours = {it.key: f"{span_id_of(run_id, it.parent):016x}" for it in entries}
    assert {key: it.parent_id for key, it in spans.items() if key in ours} == ours
    root = spans[""]
    assert (root.name, root.parent_id) == ("run report.lua", "")
    assert {it.trace_id for it in received.spans} == {f"{trace_id_of(run_id):032x}"}
    # Nobody is an orphan, also below what the journal does not keep.
    assert {it.parent_id for it in received.spans} <= {"", *(it.span_id for it in received.spans)}
    for entry in entries:
        took_ns = ((entry.ended_at or 0) - entry.started_at) * 1e9
        assert abs(spans[entry.key].took_ns - took_ns) < 1e6


def test_the_names_are_those_of_the_conventions(sent):
    received, _, _ = sent
    first, second = [it for it in received.spans if it.attributes.get("gen_ai.operation.name") == "chat"]
    assert first.name.startswith("chat ")
    assert first.kind == 3  # client
    found = first.attributes
    assert found["gen_ai.provider.name"] == "scripted"
    assert found["gen_ai.request.model"]
    assert (found["gen_ai.usage.input_tokens"], found["gen_ai.usage.output_tokens"]) == (11, 3)
    assert found["gen_ai.response.finish_reasons"] == ["tool_calls"]
    assert second.attributes["gen_ai.usage.output_tokens"] == 5
    agent = received.named("invoke_agent counter")
    assert agent.attributes["gen_ai.agent.name"] == "counter"
    assert agent.attributes["gen_ai.operation.name"] == "invoke_agent"
    tools = [it for it in received.spans if it.name == "execute_tool calculator"]
    asked = json.loads(first.attributes["gen_ai.output.messages"])[0]["parts"][-1]
    called = [it.attributes["gen_ai.tool.call.id"] for it in tools if "gen_ai.tool.call.id" in it.attributes]
    assert called == [asked["id"]]
    assert {it.attributes["gen_ai.tool.type"] for it in tools} == {"function"}
    assert received.named("invoke_workflow chores").attributes["gen_ai.workflow.name"] == "chores"
    root = received.named("run report.lua")
    assert root.attributes["gen_ai.usage.input_tokens"] == 31
    assert root.attributes["llmspell.outcome"] == "ok"
    assert root.resource["service.name"] == "llmspell"
    assert root.resource["deployment.environment.name"] == "test"


def test_content_is_in_the_conventions_form(sent):
    received, _, _ = sent
    first = next(it for it in received.spans if it.attributes.get("gen_ai.operation.name") == "chat")
    (asked,) = [it for it in json.loads(first.attributes["gen_ai.input.messages"]) if it["role"] == "user"]
    assert asked["parts"] == [{"type": "text", "content": "6 times 7? My key is [redacted]"}]
    (answer,) = json.loads(first.attributes["gen_ai.output.messages"])
    assert answer["finish_reason"] == "tool_calls"
    assert (answer["parts"][-1]["type"], answer["parts"][-1]["arguments"]) == ("tool_call", {"input": "6 * 7"})
    tool = next(it for it in received.spans if it.attributes.get("gen_ai.tool.call.id"))
    assert json.loads(tool.attributes["gen_ai.tool.call.arguments"]) == {"input": "6 * 7"}
    assert "42" in tool.attributes["gen_ai.tool.call.result"]


def test_denials_and_checkpoints_are_events_and_failures_are_errors(sent):
    received, _, _ = sent
    root = received.named("run report.lua")
    ((name, about),) = root.events
    assert (name, about["llmspell.checkpoint.label"]) == ("llmspell.checkpoint", "asked [redacted]")
    denied = [it for it in received.spans for event, _ in it.events if event == "llmspell.permission.denied"]
    assert denied
    for it in denied:
        assert it.status[0] == 2
        assert it.attributes["error.type"] == "permission_denied"
        assert it.events[0][1]["llmspell.permission.kind"] == "read"
    allowed = received.named("execute_tool text-manipulator")
    assert (allowed.status[0], allowed.events) == (0, [])


def test_tokens_and_durations_are_measured(sent):
    received, _, _ = sent
    kinds = {
        next(it.value.string_value for it in point.attributes if it.key == "gen_ai.token.type"): (
            point.count,
            point.sum,
        )
        for point in received.metrics["gen_ai.client.token.usage"]
    }
    assert kinds == {"input": (2, 31), "output": (2, 8)}
    (durations,) = received.metrics["gen_ai.client.operation.duration"]
    assert durations.count == 2
    assert received.metrics["llmspell.run.duration"][0].count == 1


def test_a_secret_leaves_in_no_place_but_the_header_that_it_is(sent):
    received, folder, _ = sent
    assert received.headers
    assert {it["authorization"] for it in received.headers} == {f"Bearer {SECRET}"}
    assert {it["x-team"] for it in received.headers} == {"a"}
    assert {it["content-type"] for it in received.headers} == {"application/x-protobuf"}
    written = (folder / "spans.jsonl").read_bytes()
    for it in (*received.raw, written):
        assert SECRET.encode() not in it
    assert any(b"[redacted]" in it for it in received.raw)
    assert b"[redacted]" in written


def test_the_file_holds_the_same_as_json_lines_that_only_its_owner_reads(sent):
    received, folder, _ = sent
    path = folder / "spans.jsonl"
    assert path.stat().st_mode & 0o777 == 0o600
    lines = [json.loads(it) for it in path.read_text("utf-8").splitlines()]
    spans = [
        span
        for line in lines
        for resource in line.get("resourceSpans", ())
        for scope in resource["scopeSpans"]
        for span in scope["spans"]
    ]
    assert {(it["spanId"], it["name"]) for it in spans} == {(it.span_id, it.name) for it in received.spans}
    names = {
        metric["name"]
        for line in lines
        for resource in line.get("resourceMetrics", ())
        for scope in resource["scopeMetrics"]
        for metric in scope["metrics"]
    }
    assert names == set(received.metrics)


def test_without_content_nobody_is_told_what_was_said(collector, tmp_path):
    text = 'print((Agent.create{ name = "a", model = "echo" }:execute("a quiet word")).text)'
    outcome = run(tmp_path, text, f'exporters = ["otlp"]\nendpoint = "{collector.url("quiet")}"\nwait = 60\n')
    assert outcome.stdout == b"a quiet word\n"
    received = collector.at("quiet")
    assert received.named("invoke_agent a")
    assert not any(b"a quiet word" in it for it in received.raw)


def test_a_run_joins_the_trace_that_it_is_given_and_python_is_told_of_alike(collector, tmp_path):
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    env = {
        "TRACEPARENT": parent,
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url("joined"),
        "OTEL_SERVICE_NAME": "nightly",
    }
    outcome = run(
        tmp_path, "Tool.execute('calculator', input='1')\n", 'exporters = ["otlp"]\nwait = 60\n', env, ending="py"
    )
    assert outcome.error is None
    received = collector.at("joined")
    root = received.named("run report.py")
    assert (root.trace_id, root.parent_id) == ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331")
    assert received.named("Tool.execute").parent_id == root.span_id
    assert root.resource["service.name"] == "nightly"


def test_a_trace_that_is_not_sampled_gets_no_spans_and_is_measured(collector, tmp_path):
    env = {"TRACEPARENT": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"}
    telemetry = f'exporters = ["otlp"]\nendpoint = "{collector.url("unsampled")}"\nwait = 60\n'
    assert run(tmp_path, "Tool.execute('calculator', { input = '1' })", telemetry, env).error is None
    received = collector.at("unsampled")
    assert received.spans == []
    assert received.metrics["llmspell.run.duration"]


def test_a_script_that_does_nothing_and_one_that_fails(collector, tmp_path):
    telemetry = f'exporters = ["otlp"]\nendpoint = "{collector.url("bare")}"\nwait = 60\n'
    assert run(tmp_path, "print(1)", telemetry).stdout == b"1\n"
    assert collector.at("bare").raw == []
    assert run(tmp_path, "Tool.execute('calculator', { input = '1' }) error('broken')", telemetry).exit_code != 0
    root = collector.at("bare").named("run report.lua")
    assert root.status[0] == 2
    assert root.attributes["error.type"] == "error"
