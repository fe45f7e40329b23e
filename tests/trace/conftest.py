"""A run that really was, in a journal; entries that never were are made in `made_entries`."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from llmspell.config.load import load_settings
from llmspell.journal.entries import RunRow
from llmspell.journal.sqlite_reader import SqliteReader
from llmspell.runtime.runtime import ScriptRuntime

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))


@dataclass(frozen=True)
class RealRun:
    """Its journal, and what it is called there."""

    journal: Path
    row: RunRow

    @property
    def id(self) -> str:
        return self.row.run.run_id


@pytest.fixture(scope="session")
def real_run(tmp_path_factory: pytest.TempPathFactory) -> RealRun:
    """One of hostile.lua: calls, an agent with a model and a tool, tasks, a refusal, an error, a checkpoint."""
    folder = tmp_path_factory.mktemp("real-run")
    paths = {f"{it}.path": str(folder / f"{it}.db") for it in ("journal", "state", "ledger")}
    outcome = ScriptRuntime("medium", settings=load_settings(flags=paths)).run(
        str(HERE / "hostile.lua"), output="capture"
    )
    assert outcome.stdout == b"42\n", outcome.error
    with SqliteReader(paths["journal.path"]) as reader:
        row = reader.find_run("last")
    assert row is not None
    return RealRun(folder / "journal.db", row)
