"""What sends: it never fails a run, holds it up for a bound time only, and says once what was lost."""

import asyncio
import os
import socket
import time
from pathlib import Path

import pytest
from collector import Collector

from llmspell.journal.entries import NO_USAGE, Draft, RunOutcome, RunRecord
from llmspell.security.redact import Redactor
from llmspell.telemetry import sender as sending
from llmspell.telemetry.choices import Choices
from llmspell.telemetry.sender import Sender
from llmspell.telemetry.telemetry import Telemetry

SECRET = "canary-77aa11bb22cc"


def choices(endpoint: str, *, exporters: tuple[str, ...] = ("otlp",), path: str = "", wait_s: float = 60.0) -> Choices:
    return Choices(exporters, endpoint, {}, path, False, "", {}, wait_s)


def draft(n: int, *, parent: str = "", local: bool = False) -> Draft:
    now = time.time()
    return Draft("r", f"0:{n}", parent, "Tool", "execute", b"", False, now, local=local, ended_at=now + 0.001)


def watch(chosen: Choices, drafts: list[Draft], run_id: str) -> tuple[list[str], float]:
    """One watched run. Returns the warnings, and how long its end took."""
    warnings: list[str] = []

    async def main() -> float:
        telemetry = Telemetry(chosen, os.environ, Redactor([SECRET]), address=lambda _: None, warn=warnings.append)
        telemetry.begin(RunRecord(run_id, "a.lua", "lua", "", "medium", (), time.time()))
        for it in drafts:
            telemetry.opened(it)
            telemetry.closed(it)
        started = time.perf_counter()
        await telemetry.end(RunOutcome("ok", 0, time.time()), [], NO_USAGE, 0.0)
        telemetry.closed(draft(99))  # what comes after the end is nobody's
        telemetry.close()
        return time.perf_counter() - started

    return warnings, asyncio.run(main())


def refusing() -> str:
    with socket.create_server(("127.0.0.1", 0)) as it:
        return f"http://user:{SECRET}@127.0.0.1:{it.getsockname()[1]}"


def test_where_nobody_answers_it_is_said_once_and_nobody_waits_for_attempts():
    warnings, _ = watch(choices(refusing()), [draft(1), draft(2)], "refused")
    assert warnings == ["telemetry: nobody answers at the collector's address: connection refused; 3 spans are lost"]


def test_a_collector_that_hangs_holds_the_end_up_for_the_stated_time_only(collector: Collector):
    collector.hangs.add("hangs")
    warnings, took_s = watch(choices(collector.url("hangs"), wait_s=0.2), [draft(1)], "hangs")
    assert warnings == ["telemetry: it could not be sent within 0.2 s"]
    assert took_s < 20


def test_a_collector_that_is_busy_is_asked_again(collector: Collector):
    collector.answers["busy"] = [503]
    warnings, _ = watch(choices(collector.url("busy")), [draft(1)], "busy")
    assert warnings == []
    assert collector.at("busy").statuses[:2] == [503, 200]
    assert {it.name for it in collector.at("busy").spans} == {"Tool.execute", "run a.lua"}


def test_a_collector_that_refuses_is_told_of_once(collector: Collector):
    collector.answers["refuses"] = [401] * 9
    warnings, _ = watch(choices(collector.url("refuses")), [draft(1)], "refuses")
    ((said),) = warnings
    assert "401" in said
    assert "2 spans are lost" in said


def test_a_file_that_cannot_be_written_is_told_of_and_the_others_have_it(collector: Collector, tmp_path: Path):
    path = str(tmp_path / "there-is-a-file" / "x.jsonl")
    (tmp_path / "there-is-a-file").write_text("")
    chosen = choices(collector.url("file"), exporters=("file", "otlp"), path=path)
    warnings, _ = watch(chosen, [draft(1)], "file")
    assert len(warnings) == 1
    assert "exists" in warnings[0] or "directory" in warnings[0]
    assert len(collector.at("file").spans) == 2


def test_local_calls_are_left_out_unless_something_lies_below_them(tmp_path: Path):
    path = tmp_path / "x.jsonl"
    drafts = [draft(1, local=True), draft(3, parent="0:2"), draft(2, local=True)]
    assert watch(choices("", exporters=("file",), path=str(path)), drafts, "local")[0] == []
    text = path.read_text()
    assert [f'"0:{n}"' in text for n in (1, 2, 3)] == [False, True, True]


def test_nobody_waits_where_the_settings_say_so(tmp_path: Path):
    warnings, _ = watch(choices("", exporters=("file",), path=str(tmp_path / "x.jsonl"), wait_s=0.0), [draft(1)], "now")
    assert warnings == []
    while not (tmp_path / "x.jsonl").exists():
        time.sleep(0.02)  # it goes on by itself


def test_the_run_of_a_host_that_is_gone_is_told_of_as_interrupted(tmp_path: Path):
    path = tmp_path / "x.jsonl"
    about = {"run_id": "gone", "script": "a.lua", "language": "lua", "profile": "medium", "started_at": 1.0}
    chosen = choices("", exporters=("file",), path=str(path))
    sender = Sender({"choices": chosen.to_value(), "run": about}, os.environ, shows=False)
    sender.let_go()  # as the end of the host's process does
    while not path.exists() or b"resourceMetrics" not in path.read_bytes():
        time.sleep(0.02)
    assert '"llmspell.outcome","value":{"stringValue":"interrupted"}' in path.read_text()


def test_what_comes_faster_than_it_can_be_sent_is_dropped_and_counted(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sending, "MAX_WAITING_BYTES", 100_000)
    monkeypatch.setattr(sending.sys, "executable", "/bin/cat")  # what it says is no report, and it reads nothing else
    monkeypatch.setattr(sending.subprocess, "Popen", _sleeping(sending.subprocess.Popen))
    sender = Sender({}, os.environ, shows=False)
    for _ in range(40):
        sender.send(["entries", ["x" * 60_000]], n_records=10)
    assert sender.n_dropped > 0
    report = sender.finish(["end"], 0.05)
    assert report.problem == "it could not be sent within 0.05 s"


def _sleeping(popen):  # type: ignore[no-untyped-def]
    def start(_: list[str], **more):  # type: ignore[no-untyped-def]
        return popen(["sleep", "600"], **more)

    return start
