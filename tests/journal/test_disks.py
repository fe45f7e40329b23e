"""Fifty processes at once, a disk that is full, a file that is read-only or corrupt: rows are whole or not there."""

from __future__ import annotations

import asyncio
import os
import sqlite3

import pytest
from played_runs import fail, forked, play

from llmspell.effects.context import RunContext, task_context
from llmspell.effects.perform import Effect, perform
from llmspell.effects.run import Run
from llmspell.errors import StoreError
from llmspell.journal.open import open_journal
from llmspell.journal.sqlite_reader import SqliteReader
from llmspell.security.profile import resolve_profile
from llmspell.security.redact import Redactor

N_PROCESSES, N_EFFECTS = 50, 6

# All wait for the end of the pipe, and then write to a file that is not there yet.
MANY = f"""
reading, writing = os.pipe()
children = []
for i in range({N_PROCESSES}):
    child = os.fork()
    if child == 0:
        os.close(writing)
        os.read(reading, 1)
        play(sys.argv[1], {N_EFFECTS}, run_id=f"run-{{i}}", mode=("normal", "durable")[i % 2])
        os._exit(0)
    children.append(child)
os.close(writing)
statuses = [os.waitpid(it, 0)[1] for it in children]
assert not any(statuses), statuses
"""


def test_fifty_processes_that_write_to_a_new_file_at_once_lose_no_row(tmp_path):
    path = tmp_path / "journal.db"
    ended = forked(MANY, str(path))
    assert (ended.stderr, ended.returncode) == ("", 0)
    with SqliteReader(str(path)) as reader:
        runs = reader.runs(limit=100)
        assert {it.run.run_id for it in runs} == {f"run-{i}" for i in range(N_PROCESSES)}
        assert all(it.state == "ok" for it in runs)
        for it in runs:
            assert [entry.args for entry in reader.entries(it.run.run_id)] == [[n] for n in range(N_EFFECTS)]


# Files of this process may not grow beyond 300 kB from here on, as on a full disk.
FULL = """
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
n_done = 0

async def much(ctx):
    global n_done
    n_done += 1
    return os.urandom(20_000)

try:
    warn = lambda error: print(error.message, "|", error.hint)
    play(sys.argv[1], 60, run_id="full", mode=sys.argv[2], warn=warn, do=much)
except StoreError as error:
    print("raised", error.exit_code, error.message, "|", error.hint)
print(n_done)
"""


@pytest.mark.parametrize("mode", ["normal", "durable"])
def test_a_disk_that_is_full_ends_a_durable_run_and_costs_a_normal_one_its_record(tmp_path, mode):
    path = tmp_path / "journal.db"
    play(path, 3, run_id="before")
    ended = forked(FULL, str(path), mode)
    assert (ended.stderr, ended.returncode) == ("", 0)
    said, n_done = ended.stdout.splitlines()
    assert str(path) in said
    if mode == "normal":
        assert "this run goes on without it" in said
        assert int(n_done) == 60
    else:
        assert said.startswith("raised 74 ")
        assert int(n_done) < 60
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
    with SqliteReader(str(path)) as reader:
        assert len(list(reader.entries("before"))) == 3
        done = [it for it in reader.entries("full") if it.ended_at is not None]
        if mode == "durable":  # the last one was done, and its record did not fit
            assert len(done) == int(n_done) - 1
            assert set(reader.unknown("full")) <= {f"0:{n_done}"}
    play(path, 1, run_id="after")  # there is room again


# Root may write everything, so it becomes somebody else.
READ_ONLY = """
import tempfile
with tempfile.TemporaryDirectory() as folder:
    play(folder + "/journal.db")  # loads what that other may not be able to read
if os.getuid() == 0:
    os.setuid(65534)
try:
    play(sys.argv[1], 3, run_id="no", mode=sys.argv[2], warn=lambda error: print(error.message, "|", error.hint))
    print("went on")
except StoreError as error:
    print("raised", error.exit_code, error.message, "|", error.hint)
"""


@pytest.mark.parametrize("mode", ["normal", "durable"])
@pytest.mark.parametrize("what", ["file", "folder"])
def test_a_journal_that_may_not_be_written_says_so_and_stays_as_it_is(tmp_path, mode, what):
    folder = tmp_path / "there"
    folder.mkdir()
    path = folder / "journal.db"
    if what == "file":
        play(path, 1)
        path.chmod(0o444)
    before = {it.name: it.read_bytes() for it in folder.iterdir() if it.is_file()}
    for it in tmp_path.parents:  # that other has to get here
        if it.stat().st_mode & 0o055 != 0o055:
            it.chmod(it.stat().st_mode | 0o055)
    tmp_path.chmod(0o755)
    folder.chmod(0o555)
    try:
        ended = forked(READ_ONLY, str(path), mode)
    finally:
        folder.chmod(0o755)
    lines = ended.stdout.splitlines()
    assert ended.stderr == ""
    assert lines[0].startswith("raised 74 ") if mode == "durable" else lines[1] == "went on"
    assert "make the file and its folder writable" in lines[0]
    assert str(path) in lines[0]
    assert {it.name: it.read_bytes() for it in folder.iterdir() if it.is_file()} == before


@pytest.mark.parametrize("at", [0, 5000])
def test_a_corrupt_file_is_named_with_what_to_do(tmp_path, at):
    path = tmp_path / "journal.db"
    play(path, 3)
    with open(path, "r+b") as file:
        file.seek(at)
        file.write(b"\xa5" * 20_000)
    with pytest.raises(StoreError, match=r"journal\.db could not be") as raised:
        play(path, 3, run_id="next", mode="durable")
    assert "move the file away" in raised.value.hint
    warnings: list[StoreError] = []
    play(path, 3, run_id="next", warn=warnings.append)
    assert [it.hint for it in warnings] == [raised.value.hint]
    with pytest.raises(StoreError, match="move the file away"), SqliteReader(str(path)) as reader:
        list(reader.entries("r"))


def test_with_fsync_answers_come_in_the_order_in_which_effects_ended(tmp_path):
    path = str(tmp_path / "journal.db")
    ended: list[str] = []

    async def main() -> None:
        journal = open_journal(path, Redactor([]), mode="durable", fsync=True, warn=fail)
        run = Run(resolve_profile("none"), journal, run_id="r")
        journal.begin(run.record(script="a", language="lua", content_hash=""))

        async def answered(i: int) -> None:
            async def wait_a_turn(_: RunContext) -> int:
                for _ in range(i % 3):
                    await asyncio.sleep(0)
                return i

            await perform(task_context(run, f"0.{i}"), Effect("Tool", "execute", [i]), wait_a_turn)
            ended.append(f"0.{i}:1")

        await asyncio.gather(*(answered(i) for i in range(20)))
        await journal.aclose()

    asyncio.run(main())
    with SqliteReader(path) as reader:
        closed = sorted(reader.entries("r"), key=lambda it: it.closed)
    assert [it.key for it in closed] == ended
    assert os.listdir(tmp_path / "journal.db.marks") == [] if (tmp_path / "journal.db.marks").exists() else True


def test_a_file_of_the_first_version_is_brought_up_to_date_and_keeps_its_runs(tmp_path):
    path = tmp_path / "journal.db"
    connection = sqlite3.connect(path)
    connection.executescript(
        """
        CREATE TABLE runs (number INTEGER PRIMARY KEY, run_id TEXT NOT NULL UNIQUE, script TEXT NOT NULL,
            language TEXT NOT NULL, content_hash TEXT NOT NULL, profile TEXT NOT NULL, args TEXT NOT NULL,
            started_at REAL NOT NULL, seed TEXT NOT NULL, ended_at REAL, outcome TEXT, exit_code INTEGER);
        CREATE TABLE entries (number INTEGER PRIMARY KEY, run_id TEXT NOT NULL, key TEXT NOT NULL);
        CREATE TABLE notes (number INTEGER PRIMARY KEY, run_id TEXT NOT NULL, value TEXT NOT NULL);
        CREATE INDEX notes_of_run ON notes (run_id);
        INSERT INTO runs VALUES (1, 'old', 'a.lua', 'lua', 'ff', 'medium', '["x"]', 5.0, '7', 6.0, 'ok', 0);
        PRAGMA application_id = 0x6C737031;
        PRAGMA user_version = 1;
        """
    )
    connection.close()
    with SqliteReader(str(path)) as reader:
        row = reader.find_run("old")
        assert row is not None
        assert (row.run.args, row.run.seed, row.run.owner, row.state) == (("x",), 7, None, "ok")
        assert list(reader.entries("old")) == []
    play(path, 2, run_id="new")
    with SqliteReader(str(path)) as reader:
        assert [it.run.run_id for it in reader.runs()] == ["new", "old"]
