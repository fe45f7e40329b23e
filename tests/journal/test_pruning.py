"""Old runs go, with all that was theirs alone; what goes on or can be resumed stays unless it is asked for."""

from __future__ import annotations

import os
import sqlite3
import time

import pytest
from played_runs import play

from llmspell.effects.context import RunContext
from llmspell.errors import RunNotFound
from llmspell.journal.retention import RESUMABLE_S, prune
from llmspell.journal.sqlite_reader import SqliteReader
from llmspell.replay.chain import recording_of_chain

NOW = time.time()
DAY_S = 86_400.0
SHARED = os.urandom(40_000)


async def give_shared(_: RunContext) -> object:
    return SHARED


async def give_own(ctx: RunContext) -> object:
    return ctx.run_id.encode() + os.urandom(40_000)


@pytest.fixture
def path(tmp_path):
    """Ten runs of the last ten days, oldest first; two that go on, one paused, one resumed later."""
    path = tmp_path / "journal.db"
    for i in range(10):
        outcome = {3: "", 4: "paused", 5: "cancelled"}.get(i, "ok")
        do = give_shared if i % 2 else give_own
        play(path, 1, run_id=f"r{i}", outcome=outcome, started_at=NOW - (10 - i) * DAY_S, do=do)
    play(path, 1, run_id="again", resumed_from="r5", started_at=NOW)
    return path


def left(path) -> list[str]:
    with SqliteReader(str(path)) as reader:
        return [it.run.run_id for it in reversed(reader.runs())]


def n_blobs(path) -> int:
    connection = sqlite3.connect(path)
    (n,) = connection.execute("SELECT count(*) FROM blobs").fetchone()
    connection.close()
    return int(n)


def test_by_age_and_by_number(path):
    pruned = prune(str(path), older_than_s=8.5 * DAY_S, now=NOW)
    assert pruned.run_ids == ("r0", "r1")
    # r3 goes on, r4 can be resumed; r5 was resumed, so nobody needs it any more.
    assert prune(str(path), keep=5, now=NOW).run_ids == ("r2", "r5")
    assert left(path) == ["r3", "r4", "r6", "r7", "r8", "r9", "again"]
    assert prune(str(path), keep=5, now=NOW).kept == ("r3", "r4")
    assert prune(str(path), keep=5, resumable=True, now=NOW).run_ids == ("r4",)


def test_what_can_be_resumed_goes_when_it_is_old(path):
    assert prune(str(path), older_than_s=0, now=NOW + RESUMABLE_S + DAY_S).kept == ("r3",)
    assert left(path) == ["r3"]


def test_by_size_and_blobs_go_with_the_last_run_that_has_them(path):
    before = n_blobs(path)
    pruned = prune(str(path), max_bytes=200_000, now=NOW)
    assert pruned.run_ids[:3] == ("r0", "r1", "r2")
    assert pruned.bytes_after < pruned.bytes_before
    assert n_blobs(path) < before
    with SqliteReader(str(path)) as reader:
        assert next(iter(reader.entries("r9"))).result == SHARED  # r1 had it too, and is gone
    prune(str(path), keep=0, resumable=True, now=NOW)
    assert left(path) == ["r3"]
    assert n_blobs(path) == 1


def test_a_dry_run_removes_nothing_and_a_file_that_is_not_there_is_not_made(path, tmp_path):
    assert prune(str(path), keep=0, dry_run=True, now=NOW).run_ids
    assert len(left(path)) == 11
    assert prune(str(tmp_path / "no.db"), keep=0).run_ids == ()
    assert not (tmp_path / "no.db").exists()


@pytest.mark.parametrize("outcome", ["limit", "error", "denied", "paused", ""])
def test_what_a_run_goes_on_from_stays_as_long_as_it_can_be_resumed(tmp_path, outcome):
    path = tmp_path / "journal.db"
    play(path, 1, run_id="a", outcome="error", started_at=NOW - 3 * DAY_S)
    play(path, 1, run_id="b", outcome="error", resumed_from="a", started_at=NOW - 2 * DAY_S)
    play(path, 1, run_id="c", outcome=outcome, resumed_from="b", started_at=NOW - DAY_S)
    play(path, 1, run_id="d", started_at=NOW)
    assert prune(str(path), keep=1, now=NOW).kept == ("a", "b", "c")
    assert prune(str(path), keep=2, resumable=True, now=NOW).run_ids == ()  # c stays, and needs them
    if outcome:
        assert prune(str(path), keep=1, resumable=True, now=NOW).run_ids == ("a", "b", "c")


def test_what_a_run_goes_on_from_goes_when_it_has_ended_well(tmp_path):
    path = tmp_path / "journal.db"
    play(path, 1, run_id="a", outcome="error", started_at=NOW - 3 * DAY_S)
    play(path, 1, run_id="b", resumed_from="a", started_at=NOW - 2 * DAY_S)
    assert prune(str(path), keep=1, now=NOW).run_ids == ("a",)
    with SqliteReader(str(path)) as reader, pytest.raises(RunNotFound, match="goes on from a, which the journal"):
        recording_of_chain(reader, "b")
