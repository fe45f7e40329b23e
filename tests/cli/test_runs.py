import asyncio
import json
from pathlib import Path

import pytest

from llmspell.effects.context import task_context
from llmspell.effects.perform import Effect, perform
from llmspell.effects.run import Run
from llmspell.journal.entries import RunOutcome
from llmspell.journal.open import open_journal
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
