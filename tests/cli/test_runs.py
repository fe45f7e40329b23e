import asyncio
import json
import sqlite3
import subprocess
import sys
import zlib
from dataclasses import replace
from pathlib import Path

import pytest

from llmspell.effects.context import task_context
from llmspell.effects.perform import Effect, perform
from llmspell.effects.run import Run
from llmspell.journal.entries import RunOutcome
from llmspell.journal.open import open_journal
from llmspell.journal.owner import Owner, this_process
from llmspell.security.profile import resolve_profile
from llmspell.security.redact import Redactor

from .conftest import Command

NEW = 1_800_000_000.0


def keep_run(path: Path, run_id: str, script: str, outcome: str, *, started_at: float = NEW) -> None:
    """A run with one call that asks for something which is refused, and one that is not."""

    async def main() -> None:
        journal = open_journal(str(path), Redactor(()), warn=lambda error: pytest.fail(str(error)))
        run = Run(resolve_profile("high"), journal=journal, run_id=run_id, started_at=started_at)
        journal.begin(run.record(script=script, language="lua", content_hash="0" * 64))
        ctx = task_context(run)

        async def nothing(inner: object) -> None:
            return None

        await perform(ctx, Effect("Tool", "execute", ["calculator"]), nothing)
        with pytest.raises(Exception, match="net"):
            await perform(ctx, Effect("Tool", "execute", ["web"], needs=(("net", "example.com:443"),)), nothing)
        await journal.end(run_id, RunOutcome(outcome, 0 if outcome == "ok" else 1, started_at + 2))
        await journal.aclose()

    asyncio.run(main())


@pytest.fixture
def journal(tmp_path: Path, command: Command) -> Path:
    return tmp_path / "home" / ".local" / "state" / "llmspell" / "journal.db"


def test_runs_are_listed(command: Command, journal: Path) -> None:
    nothing = command("runs", "list")
    assert (nothing.returncode, nothing.stdout, nothing.stderr) == (0, "", "llmspell: there are no runs\n")

    keep_run(journal, "20270101-000000-aaaaaaaa", "reports/churn.lua", "ok")
    keep_run(journal, "20270101-000001-bbbbbbbb", "tidy.py", "error", started_at=NEW + 60)
    title, *rows = command("runs", "list").stdout.splitlines()
    assert title.split() == ["run", "when", "outcome", "took", "calls", "tokens", "USD", "denied", "script"]
    assert [it.split()[0] for it in rows] == ["20270101-000001-bbbbbbbb", "20270101-000000-aaaaaaaa"]
    assert "error 1" in rows[0] and rows[0].endswith("tidy.py") and " 2.00 s " in rows[0]

    def ids(*options: str) -> list[str]:
        return [it["run_id"][-1] for it in json.loads(command("runs", "list", "--json", *options).stdout)]

    assert ids() == ["b", "a"]
    assert ids("--limit", "1") == ["b"]
    assert ids("--script", "churn") == ["a"] and ids("--script", "*.py") == ["b"] and ids("--script", "no") == []
    assert ids("--outcome", "error") == ["b"]
    assert ids("--since", "2027-01-15") == ["b", "a"] and ids("--since", "2027-01-16") == []
    only = json.loads(command("runs", "list", "--json", "--script", "churn").stdout)[0]
    assert (only["effects"], only["denied"], only["duration_ms"], only["exit_code"]) == (2, 1, 2000.0, 0)

    wrong = command("runs", "list", "--outcome", "eror")
    assert wrong.returncode == 2 and "did you mean error?" in wrong.stderr


@pytest.fixture
def two_runs(journal: Path) -> tuple[str, str]:
    names = ("20270101-000000-aaaaaaaa", "20270101-000001-bbbbbbbb")
    keep_run(journal, names[0], "reports/churn.lua", "ok")
    keep_run(journal, names[1], "tidy\x1b[2J.py", "denied", started_at=NEW + 60)
    return names


def test_a_run_is_shown_by_any_of_its_names(command: Command, two_runs: tuple[str, str]) -> None:
    for name in ("last", two_runs[1], two_runs[1][:15]):
        done = command("runs", "show", name)
        assert done.returncode == 0 and done.stdout.startswith(
            f"run {two_runs[1]} · tidy\\x1b[2J.py · lua · profile high\n"
        )
    assert "denied net:example.com:443: no rule grants it" in done.stdout
    assert "permission_denied: the script needs to connect to example.com:443" in done.stdout
    calls = json.loads(command("runs", "show", "last", "--json").stdout)
    assert calls["run"]["outcome"] == "denied" and [it["state"] for it in calls["entries"]] == ["ok", "denied"]
    assert calls["notes"][0]["kind"] == "denied"
    assert "(1 effect inside)" not in command("runs", "show", "last", "--calls").stdout


def test_runs_and_entries_that_are_not_there(command: Command, journal: Path) -> None:
    nothing = command("runs", "show", "last")
    assert (nothing.returncode, "the journal holds no run" in nothing.stderr) == (66, True)
    keep_run(journal, "20270101-000000-aaaaaaaa", "a.lua", "ok")
    keep_run(journal, "20270101-000001-bbbbbbbb", "b.lua", "ok")
    wrong = command("runs", "show", "20270101-000000-aaaaaaab")
    assert wrong.returncode == 66 and "did you mean 20270101-000000-aaaaaaaa" in wrong.stderr
    several = command("runs", "export", "2027")
    assert several.returncode == 2 and "2 runs begin with 2027" in several.stderr
    no_entry = command("runs", "show", "last", "--key", "0:11")
    assert no_entry.returncode != 0 and "has no entry 0:11" in no_entry.stderr and "did you mean 0:1" in no_entry.stderr
    assert command("runs", "show", "last", "--key", "77").returncode != 0
    assert command("runs", "show", "last", "page.html").returncode == 2
    assert command("runs", "export", "last", "--format", "crome").stderr.endswith("did you mean chrome?\n")
    for it in (nothing, wrong, several, no_entry):
        assert "Traceback" not in it.stderr


def test_what_a_run_asked_for(command: Command, two_runs: tuple[str, str]) -> None:
    done = command("audit", "last")
    assert [it.split()[:2] for it in done.stdout.splitlines()[1:]] == [["DENIED", "net:example.com:443"]]
    everything = json.loads(command("audit", "--since", "2027-01-01", "--json").stdout)
    (row,) = everything["decisions"]
    assert (row["times"], row["runs"], row["rule"], row["asker"]) == (2, list(two_runs[::-1]), None, "the script")
    assert row["places"][0] == {"run_id": two_runs[1], "key": "0:2"}
    assert "reports/churn.lua, tidy\\x1b[2J.py" in command("audit", "--since", "2027-01-01").stdout
    assert command("audit", "--since", "2027-02-01").stderr == "llmspell: nothing was asked of the profile in 0 runs\n"
    for wrong in (["audit"], ["audit", "last", "--since", "7d"]):
        assert command(*wrong).returncode == 2


def test_an_audit_of_many_files_is_short(command: Command, journal: Path) -> None:
    async def main() -> None:
        kept = open_journal(str(journal), Redactor(()), warn=lambda error: pytest.fail(str(error)))
        run = Run(resolve_profile("medium"), journal=kept, run_id="20270101-000000-aaaaaaaa", started_at=NEW)
        kept.begin(run.record(script="a.lua", language="lua", content_hash="0" * 64))

        async def nothing(inner: object) -> None:
            return None

        here = Path.cwd() / "docs"
        for n in range(30):
            needs = (("read", str(here / f"{n}.md")),)
            await perform(task_context(run), Effect("File", "open", [], needs=needs), nothing)
        await kept.end(run.run_id, RunOutcome("ok", 0, NEW + 1))
        await kept.aclose()

    asyncio.run(main())
    short = command("audit", "last")
    assert len(short.stdout.splitlines()) == 2 and "/docs/…" in short.stdout and "read: 30 files in " in short.stdout
    assert short.stderr == "llmspell: 30 decisions, of which many are alike; --all shows each of them\n"
    every = command("audit", "last", "--all")
    assert (len(every.stdout.splitlines()), every.stderr) == (31, "")
    assert len(json.loads(command("audit", "last", "--json").stdout)["decisions"]) == 30


def test_an_audit_tells_what_was_approved_and_overridden(command: Command, journal: Path) -> None:
    async def main() -> None:
        kept = open_journal(str(journal), Redactor(()), warn=lambda error: pytest.fail(str(error)))
        run = Run(resolve_profile("high"), journal=kept, run_id="20270101-000000-aaaaaaaa", started_at=NEW)
        options = {"overrides": ["allow read:/tmp from --allow"]}
        kept.begin(run.record(script="a.lua", language="lua", content_hash="0" * 64, options=options))

        async def nothing(inner: object) -> None:
            return None

        await perform(task_context(run), Effect("Tool", "execute", []), nothing)
        kept.note(run.run_id, "approval", "", {"answer": "approved", "asks": ["net:example.com"]})
        await kept.end(run.run_id, RunOutcome("ok", 0, NEW + 1))
        await kept.aclose()

    asyncio.run(main())
    said = command("audit", "last").stdout
    assert "override of the profile: allow read:/tmp from --allow" in said
    assert "answer: approved" in said and "net:example.com" in said
    found = json.loads(command("audit", "last", "--json").stdout)
    assert found["approvals"][0]["answer"] == "approved" and len(found["overrides"]) == 1


def test_old_runs_are_let_go(command: Command, two_runs: tuple[str, str]) -> None:
    def left() -> list[str]:
        return [it["run_id"] for it in json.loads(command("runs", "list", "--json").stdout)]

    assert command("runs", "prune").returncode == 2
    assert command("runs", "prune", "--older-than", "soon").returncode == 2
    assert command("runs", "prune", "--max-size", "large").returncode == 2
    would = command("runs", "prune", "--keep", "1", "--dry-run")
    assert (would.returncode, would.stderr, len(left())) == (0, "llmspell: would remove 1 run\n", 2)
    asked = command("runs", "prune", "--keep", "1")
    assert asked.returncode == 2 and "needs --yes" in asked.stderr and len(left()) == 2
    done = command("runs", "prune", "--keep", "1", "--yes", "--json")
    assert json.loads(done.stdout)["runs"] == [two_runs[0]] and left() == [two_runs[1]]
    assert command("runs", "prune", "--max-size", "1GB", "-y").stderr == "llmspell: removed 0 runs\n"
    # It failed, so it can still be resumed: that has to be asked for.
    assert command("runs", "prune", "--keep", "0", "-y").stderr.startswith("llmspell: removed 0 runs\n")
    assert command("runs", "prune", "--keep", "0", "--resumable", "-y").stderr.startswith("llmspell: removed 1 run")
    assert left() == []


def test_a_run_whose_process_is_gone_was_interrupted(command: Command, journal: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()

    async def main() -> None:
        kept = open_journal(str(journal), Redactor(()), warn=lambda error: pytest.fail(str(error)))
        for run_id, owner in (("gone", Owner(this_process().host, gone.pid)), ("here", this_process())):
            run = Run(resolve_profile("high"), journal=kept, run_id=run_id, started_at=NEW)
            kept.begin(replace(run.record(script="a.lua", language="lua", content_hash=""), owner=owner))

            async def nothing(inner: object) -> None:
                return None

            await perform(task_context(run), Effect("Tool", "execute", []), nothing)
        await kept.aclose()

    asyncio.run(main())
    found = {it["run_id"]: it["outcome"] for it in json.loads(command("runs", "list", "--json").stdout)}
    assert found == {"gone": "interrupted", "here": "running"}
    assert len(json.loads(command("runs", "list", "--json", "--outcome", "interrupted").stdout)) == 1
    assert "\ninterrupted · " in command("runs", "show", "gone").stdout


def test_a_limit_that_no_list_can_have_is_a_mistake(command: Command) -> None:
    done = command("runs", "list", "--limit", "99999999999999999999999")
    assert done.returncode == 2 and "1<=x<=1000000" in done.stderr
    assert command("runs", "list", "--limit", "1000000").returncode == 0


@pytest.mark.parametrize(
    ("packed", "body"),
    [
        (0, b"\x90"),  # an empty row
        (0, b"\x01"),  # no row
        (0, b"\x92\xa1k\x01"),  # a short one
        (0, b"\xc1"),  # no MessagePack
        (0, b"\xdc\x00\x12" + b"\x80" * 18),  # of other types
        (1, b"no zlib"),
        (1, zlib.compress(bytes(2000))),  # more than may be
    ],
)
def test_a_run_with_a_damaged_page_is_named_and_left_out(
    command: Command, journal: Path, monkeypatch: pytest.MonkeyPatch, packed: int, body: bytes
) -> None:
    monkeypatch.setattr("llmspell.journal.table_reader.MAX_BODY_BYTES", 1000)
    keep_run(journal, "20270101-000000-aaaaaaaa", "whole.lua", "ok")
    keep_run(journal, "20270101-000001-bbbbbbbb", "broken.lua", "ok")
    with sqlite3.connect(journal) as tables:
        tables.execute("UPDATE pages SET compressed = ?, body = ? WHERE run_id LIKE '%bbbbbbbb'", (packed, body))
    listed = command("runs", "list")
    assert listed.returncode == 0, listed.stderr
    assert "whole.lua" in listed.stdout and "broken.lua" not in listed.stdout
    assert "warning: left out:" in listed.stderr and "20270101-000001-bbbbbbbb" in listed.stderr
    shown = command("runs", "show", "20270101-000001-bbbbbbbb")
    assert shown.returncode == 74 and "20270101-000001-bbbbbbbb" in shown.stderr
    assert command("runs", "show", "20270101-000000-aaaaaaaa").returncode == 0
