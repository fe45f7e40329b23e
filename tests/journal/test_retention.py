"""The oldest runs make room; what has not ended stays."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from llmspell.effects.context import task_context
from llmspell.effects.perform import Effect, perform
from llmspell.effects.run import Run
from llmspell.errors import StoreError
from llmspell.journal.entries import RunOutcome
from llmspell.journal.sqlite import SqliteJournal
from llmspell.journal.sqlite_reader import SqliteReader
from llmspell.security.profile import resolve_profile
from llmspell.security.redact import Redactor


def never(error: StoreError) -> None:
    raise AssertionError(str(error))


async def one_run(path: Path, run_id: str, max_bytes: int | None, *, ends: bool = True) -> None:
    journal = SqliteJournal(str(path), Redactor(), max_bytes=max_bytes, warn=never)
    run = Run(resolve_profile("medium"), journal, run_id=run_id)
    journal.begin(run.record(script="s.lua", language="lua", content_hash="0"))

    async def do(_: object) -> str:
        return os.urandom(15_000)  # what can be compressed takes no room

    for _ in range(5):
        await perform(task_context(run), Effect("Probe", "give", []), do)
    if ends:
        await journal.end(run_id, RunOutcome("ok", 0, 1.0))
    await journal.aclose()


def run_ids(path: Path) -> set[str]:
    with SqliteReader(str(path)) as reader:
        return {it.run.run_id for it in reader.runs()}


@pytest.mark.parametrize(("max_bytes", "kept"), [(None, 12), (10_000_000, 12), (500_000, None)])
def test_the_oldest_ended_runs_make_room_once_the_file_holds_too_much(
    tmp_path: Path, max_bytes: int | None, kept: int | None
) -> None:
    path = tmp_path / "journal.db"
    asyncio.run(one_run(path, "first-open", None, ends=False))
    for i in range(10):
        asyncio.run(one_run(path, f"r{i}", None))
    asyncio.run(one_run(path, "last", max_bytes))
    found = run_ids(path)
    assert {"last", "first-open"} <= found
    if kept is not None:
        assert len(found) == kept
    else:
        assert "r0" not in found and len(found) < 12
        with SqliteReader(str(path)) as reader:
            assert not list(reader.entries("r0")) and len(list(reader.entries("last"))) == 5
