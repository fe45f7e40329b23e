"""A run that reads its own journal sees what it did so far."""

import asyncio

import pytest

from llmspell.effects.context import RunContext, task_context
from llmspell.effects.perform import Effect, perform
from llmspell.effects.run import Run
from llmspell.journal.open import open_journal, open_reader
from llmspell.journal.protocol import Mode
from llmspell.security.profile import resolve_profile
from llmspell.security.redact import Redactor


async def answer(_: RunContext) -> int:
    return 1


@pytest.mark.parametrize("mode", ["normal", "durable"])
@pytest.mark.parametrize("place", ["file", "memory"])
def test_after_a_flush_a_run_reads_what_it_did_and_before_its_first_effect_nothing(tmp_path, place, mode):
    path = ":memory:" if place == "memory" else str(tmp_path / "j.db")

    async def main(mode: Mode) -> None:
        journal = open_journal(path, Redactor([]), mode=mode, warn=lambda error: pytest.fail(str(error)))
        reader = open_reader(path, journal)
        assert reader is not None
        run = Run(resolve_profile("none"), journal, run_id="r")
        journal.begin(run.record(script="a", language="lua", content_hash=""))
        await journal.flush()
        assert (reader.runs(), reader.find_run("last"), list(reader.entries("r")), list(reader.notes("r"))) == (
            [],
            None,
            [],
            [],
        )
        for n in range(1, 4):
            await perform(task_context(run), Effect("Tool", "list", []), answer)
            await journal.flush()
            assert len(list(reader.entries("r"))) == n
        task_context(run).checkpoint("here")
        await journal.flush()
        assert [it.value for it in reader.notes("r", kind="checkpoint")] == ["here"]
        assert reader.find_run("r") == reader.runs()[0]
        await journal.aclose()

    asyncio.run(main(mode))


def test_nothing_is_read_where_nothing_is_kept(tmp_path):
    journal = open_journal(str(tmp_path / "j.db"), Redactor([]), mode="off", warn=lambda _: None)
    asyncio.run(journal.flush())
    assert open_reader(str(tmp_path / "j.db"), journal) is None
