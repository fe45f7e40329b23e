"""The journal's file: many processes at once, a killed one, a full or read-only disk, a file that is not ours."""

import asyncio
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from llmspell.effects.context import RunContext, task_context
from llmspell.effects.perform import Effect, perform
from llmspell.effects.run import Run
from llmspell.errors import StoreError
from llmspell.journal.entries import RunOutcome
from llmspell.journal.protocol import Mode
from llmspell.journal.sqlite import SqliteJournal
from llmspell.journal.sqlite_reader import SqliteReader
from llmspell.security.profile import resolve_profile
from llmspell.security.redact import Redactor

WRITER = """
import asyncio, sys
from llmspell.effects.context import task_context
from llmspell.effects.perform import Effect, perform
from llmspell.effects.run import Run
from llmspell.journal.entries import RunOutcome
from llmspell.journal.open import open_journal
from llmspell.security.profile import resolve_profile
from llmspell.security.redact import Redactor

def fail(error):
    raise SystemExit(str(error))

async def answer(ctx):
    return 1

async def main(path, mode, run_id, n_effects):
    journal = open_journal(path, Redactor([]), mode=mode, warn=fail)
    run = Run(resolve_profile("none"), journal, run_id=run_id)
    journal.begin(run.record(script="a", language="lua", content_hash=""))
    print("ready", flush=True)
    sys.stdin.readline()
    ctx = task_context(run)
    for i in range(int(n_effects)):
        await perform(ctx, Effect("Tool", "execute", [i]), answer)
        if n_effects == "1000000":
            print(i, flush=True)
    await journal.end(run_id, RunOutcome("ok", 0, 1.0))
    await journal.aclose()

asyncio.run(main(*sys.argv[1:]))
"""


def start(path: Path, mode: str, run_id: str, n_effects: int) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), mode, run_id, str(n_effects)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


async def answer(_: RunContext) -> int:
    return 1


def run_effects(path: Path, mode: Mode, n_effects: int, warnings: list[StoreError]) -> Run:
    async def main() -> Run:
        journal = SqliteJournal(str(path), Redactor([]), mode=mode, warn=warnings.append)
        run = Run(resolve_profile("none"), journal)
        journal.begin(run.record(script="a", language="lua", content_hash=""))
        try:
            for i in range(n_effects):
                assert await perform(task_context(run), Effect("Tool", "execute", [i]), answer) == 1
        finally:
            await journal.end(run.run_id, RunOutcome("ok", 0, 1.0))
            await journal.aclose()
        return run

    return asyncio.run(main())


def test_a_durable_run_that_is_killed_has_every_effect_that_had_ended(tmp_path):
    path = tmp_path / "journal.db"
    process = start(path, "durable", "killed", 1_000_000)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("go\n")
    process.stdin.flush()
    for _ in range(20):
        process.stdout.readline()
    process.kill()
    with process:
        n_said = 20 + process.stdout.read().count("\n")  # not `communicate`: it passes over what is buffered
    with SqliteReader(str(path)) as reader:
        entries = list(reader.entries("killed"))
        row = reader.find_run("killed")
    assert row is not None
    assert row.ending is None
    done = [it for it in entries if it.ended_at is not None]
    assert n_said <= len(done) <= n_said + 1
    assert [it.args for it in done] == [[i] for i in range(len(done))]
    assert len(entries) - len(done) <= 1  # the one that was under way: an intent


def test_an_intent_is_there_while_the_effect_is_under_way_and_replaced_by_its_result(tmp_path):
    path = tmp_path / "journal.db"
    seen: list[tuple[str, float | None]] = []

    async def look(_: RunContext) -> str:
        with SqliteReader(str(path)) as reader:
            seen.extend((it.key, it.ended_at) for it in reader.entries("r"))
        return "looked"

    async def main() -> None:
        journal = SqliteJournal(str(path), Redactor([]), mode="durable", warn=lambda _: None)
        run = Run(resolve_profile("none"), journal, run_id="r")
        journal.begin(run.record(script="a", language="lua", content_hash=""))
        ctx = task_context(run)
        await perform(ctx, Effect("Tool", "write", []), look)
        await perform(ctx, Effect("Tool", "read", [], idempotent=True), look)
        await journal.aclose()

    asyncio.run(main())
    assert [key for key, _ in seen] == ["0:1", "0:1"]  # the intent of the first; then its result, and no second intent
    assert seen[0][1] is None
    assert seen[1][1] is not None
    with SqliteReader(str(path)) as reader:
        assert [(it.key, it.result) for it in reader.entries("r")] == [("0:1", "looked"), ("0:2", "looked")]


def test_a_run_can_be_read_while_it_goes_on(tmp_path):
    path = tmp_path / "journal.db"

    async def main() -> None:
        journal = SqliteJournal(str(path), Redactor([]), warn=lambda _: None, flush_interval_s=0)
        run = Run(resolve_profile("none"), journal, run_id="r")
        journal.begin(run.record(script="a", language="lua", content_hash=""))
        await perform(task_context(run), Effect("Tool", "list", []), answer)
        async with asyncio.timeout(20):
            while True:
                await asyncio.sleep(0.005)
                if path.exists():
                    try:
                        with SqliteReader(str(path)) as reader:
                            if list(reader.entries("r")):
                                break
                    except StoreError:  # the tables are being made
                        continue
        with SqliteReader(str(path)) as reader:
            row = reader.find_run("last")
        assert row is not None
        assert row.ending is None
        await journal.aclose()

    asyncio.run(main())


def unwritable(tmp_path: Path) -> Path:
    """A journal in a folder that is a file: not even root can write there."""
    (tmp_path / "blocked").write_text("")
    return tmp_path / "blocked" / "journal.db"


def test_normal_mode_warns_once_and_keeps_the_result_when_nothing_can_be_written(tmp_path):
    warnings: list[StoreError] = []
    run_effects(unwritable(tmp_path), "normal", 50, warnings)
    (warning,) = warnings
    assert "could not be opened" in warning.message
    assert warning.message.endswith("this run goes on without it")


def test_durable_mode_refuses_the_effect_when_nothing_can_be_written(tmp_path):
    done: list[int] = []

    async def act(_: RunContext) -> None:
        done.append(1)

    async def main() -> None:
        journal = SqliteJournal(str(unwritable(tmp_path)), Redactor([]), mode="durable", warn=lambda _: None)
        run = Run(resolve_profile("none"), journal)
        journal.begin(run.record(script="a", language="lua", content_hash=""))
        with pytest.raises(StoreError, match="could not be opened"):
            await perform(task_context(run), Effect("Tool", "execute", []), act)
        await journal.aclose()

    asyncio.run(main())
    assert done == []


def test_a_full_disk_in_the_middle_costs_the_rest_of_the_record_and_nothing_else(tmp_path):
    path = tmp_path / "journal.db"
    warnings: list[StoreError] = []

    async def main() -> None:
        journal = SqliteJournal(str(path), Redactor([]), warn=warnings.append)
        run = Run(resolve_profile("none"), journal, run_id="r")
        journal.begin(run.record(script="a", language="lua", content_hash=""))
        ctx = task_context(run)
        await perform(ctx, Effect("Tool", "execute", ["first"]), answer)
        await asyncio.to_thread(journal._flush)
        connection = journal._connection
        assert connection is not None
        (n_pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {n_pages}")  # SQLITE_FULL, as a full disk gives
        assert await perform(ctx, Effect("Tool", "execute", [os.urandom(50_000)]), answer) == 1
        await asyncio.to_thread(journal._flush)
        assert await perform(ctx, Effect("Tool", "execute", ["later"]), answer) == 1
        await journal.end("r", RunOutcome("ok", 0, 1.0))
        await journal.aclose()

    asyncio.run(main())
    (warning,) = warnings
    assert "full" in warning.message
    assert warning.hint.startswith("make room")
    with SqliteReader(str(path)) as reader:
        assert [it.args for it in reader.entries("r")] == [["first"]]
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def test_a_bug_while_writing_is_logged_and_does_not_reach_the_script(tmp_path, caplog):
    class BrokenRedactor(Redactor):
        def text(self, text: str) -> str:
            raise RuntimeError("broken")

    warnings: list[StoreError] = []

    async def main() -> None:
        journal = SqliteJournal(str(tmp_path / "j.db"), BrokenRedactor([]), warn=warnings.append)
        run = Run(resolve_profile("none"), journal)
        journal.begin(run.record(script="a", language="lua", content_hash=""))
        assert await perform(task_context(run), Effect("Tool", "execute", ["a"]), answer) == 1
        await journal.end(run.run_id, RunOutcome("ok", 0, 1.0))
        await journal.aclose()

    asyncio.run(main())
    assert [it.message.endswith("RuntimeError: broken; this run goes on without it") for it in warnings] == [True]
    assert "the journal's writer failed" in caplog.text


def test_a_journal_of_a_newer_version_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "journal.db"
    run_effects(path, "normal", 1, [])
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 4")
    connection.close()
    with pytest.raises(StoreError, match=r"newer llmspell \(schema 4, this one knows 3\)"):
        SqliteReader(str(path))
    warnings: list[StoreError] = []
    run_effects(path, "normal", 1, warnings)
    assert "newer llmspell" in warnings[0].message


def test_reading_what_is_not_there_says_so_and_makes_nothing(tmp_path):
    with pytest.raises(StoreError, match="there is no journal at"):
        SqliteReader(str(tmp_path / "journal.db"))
    assert list(tmp_path.iterdir()) == []


def test_the_file_is_readable_by_the_user_only(tmp_path):
    run_effects(tmp_path / "journal.db", "normal", 1, [])
    assert (tmp_path / "journal.db").stat().st_mode & 0o777 == 0o600


def test_a_queue_of_large_values_is_written_before_it_grows_without_bound(tmp_path, monkeypatch):
    monkeypatch.setattr("llmspell.journal.queued.MAX_QUEUED_BYTES", 100_000)

    async def main() -> None:
        journal = SqliteJournal(str(tmp_path / "j.db"), Redactor([]), warn=lambda _: None, flush_interval_s=60)
        run = Run(resolve_profile("none"), journal, run_id="r")
        journal.begin(run.record(script="a", language="lua", content_hash=""))
        for _ in range(10):
            await perform(task_context(run), Effect("Tool", "execute", ["word " * 6_000]), answer)
        with SqliteReader(str(tmp_path / "j.db")) as reader:
            assert 4 <= len(list(reader.entries("r"))) < 10
        await journal.aclose()
        with SqliteReader(str(tmp_path / "j.db")) as reader:
            assert len(list(reader.entries("r"))) == 10

    asyncio.run(main())
