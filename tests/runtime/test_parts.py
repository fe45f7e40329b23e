"""What every run is made of, and what of it is left when the run is over."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from llmspell.config.load import load_settings
from llmspell.effects.context import RunContext
from llmspell.effects.perform import Effect, perform
from llmspell.errors import BadArgument, WallLimitExceeded
from llmspell.journal.sqlite_reader import SqliteReader
from llmspell.runtime.parts import RunParts
from llmspell.security.profile import resolve_profile


def parts(tmp_path: Path, **limits: Any) -> RunParts:
    """Of a run whose files are in this folder."""
    kept = {"journal.path": "journal.db", "state.path": "state.db", "ledger.path": "ledger.db"}
    flags = {key: str(tmp_path / name) for key, name in kept.items()}
    settings = load_settings(files=(), environ={}, flags={**flags, "tools.disabled": "calculator"})
    return RunParts(settings, resolve_profile("medium", limits=limits), "a run")


def runs(tmp_path: Path) -> list[tuple[Any, ...]]:
    with sqlite3.connect(tmp_path / "journal.db") as journal:
        return journal.execute("select script, outcome, exit_code from runs").fetchall()


async def work(ctx: RunContext) -> str:
    async def do(inner: RunContext) -> str:
        return "done"

    found: str = await perform(ctx, Effect("probe", "work", "x"), do)
    return found


def test_what_is_done_is_a_run_of_its_own_in_the_journal(tmp_path: Path) -> None:
    async def main() -> str:
        return await parts(tmp_path).do(work)

    assert asyncio.run(main()) == "done"
    assert runs(tmp_path) == [("a run", "ok", 0)]
    with SqliteReader(str(tmp_path / "journal.db")) as reader:
        (row,) = reader.runs()
        assert [(it.target, it.method) for it in reader.entries(row.run.run_id)] == [("probe", "work")]


class Odd(BadArgument):
    exit_code = 42


@pytest.mark.parametrize(
    ("error", "code"), [(BadArgument("wrong"), 1), (Odd("odd"), 42), (ZeroDivisionError("our bug"), 70)]
)
def test_an_error_is_raised_and_recorded_with_its_exit_code(error: Exception, code: int, tmp_path: Path) -> None:
    async def fail(ctx: RunContext) -> None:
        await work(ctx)  # a run in which nothing was done is not kept
        raise error

    with pytest.raises(type(error)):
        asyncio.run(parts(tmp_path).do(fail))
    assert runs(tmp_path) == [("a run", "error", code)]


def test_one_that_is_cancelled_is_recorded_as_such(tmp_path: Path) -> None:
    async def main() -> None:
        begun = asyncio.Event()

        async def wait(ctx: RunContext) -> None:
            await work(ctx)
            begun.set()
            await asyncio.Event().wait()

        doing = asyncio.create_task(parts(tmp_path).do(wait))
        await begun.wait()
        doing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await doing

    asyncio.run(main())
    assert runs(tmp_path) == [("a run", "cancelled", 130)]


def test_one_that_takes_too_long_is_ended_and_a_timeout_of_its_own_is_not_taken_for_that(tmp_path: Path) -> None:
    async def wait(ctx: RunContext) -> None:
        await work(ctx)
        await asyncio.Event().wait()

    async def fail(ctx: RunContext) -> None:
        await work(ctx)
        raise TimeoutError

    with pytest.raises(WallLimitExceeded):
        asyncio.run(parts(tmp_path, wall_s=0.3).do(wait))
    with pytest.raises(TimeoutError):
        asyncio.run(parts(tmp_path).do(fail))
    assert [it[1:] for it in runs(tmp_path)] == [("timeout", 124), ("error", 70)]


def test_tools_are_those_of_the_settings_and_state_is_where_they_say(tmp_path: Path) -> None:
    async def main() -> None:
        made = parts(tmp_path)
        assert "calculator" not in made.tools and "url-analyzer" in made.tools
        await made.state.set("global", "n", 1)
        await made.aclose()
        again = parts(tmp_path)
        assert await again.state.get("global", "n") == 1
        await again.aclose()

    asyncio.run(main())


def test_models_and_agents_are_not_built_unless_they_are_used(tmp_path: Path) -> None:
    asyncio.run(parts(tmp_path).do(work))
    assert not (tmp_path / "ledger.db").exists()

    async def ask(ctx: RunContext) -> Any:
        from llmspell.agents.input import read_input

        agent = made.agency.agents().create({"model": "echo"})
        return await agent.execute(ctx, await read_input(ctx, "hello"))

    async def main() -> None:
        nonlocal made
        made = parts(tmp_path)
        assert (await made.do(ask)).text == "hello"

    made: RunParts
    asyncio.run(main())
    assert [outcome for _, outcome, _ in runs(tmp_path)] == ["ok", "ok"]


def test_a_journal_that_cannot_be_written_is_told_once_and_the_work_goes_on(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "journal.db").mkdir()

    async def main() -> list[str]:
        async def twice(ctx: RunContext) -> list[str]:
            return [await work(ctx), await work(ctx)]

        return await parts(tmp_path).do(twice)

    assert asyncio.run(main()) == ["done", "done"]
    assert capfd.readouterr().err.count("the journal could not be written") == 1
