"""`llmspell cost`: what the ledger says, as a table and as JSON."""

import json
import re
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from llmspell.cli.cost import since_when
from llmspell.errors import UsageError
from llmspell.journal.entries import Usage
from llmspell.journal.ledger_file import LedgerFile, day_of
from llmspell.journal.ledger_reader import GROUPS
from llmspell.journal.spending import Booking, ModelCall, nano

Llmspell = Callable[..., subprocess.CompletedProcess[str]]
NOW = time.time()


@pytest.fixture
def spent(tmp_path: Path) -> Path:
    """A ledger of three calls today and one long ago, named by the user's settings."""
    path = tmp_path / "kept" / "ledger.db"
    mini, local = ("openai", "gpt-5-mini"), ("ollama", "qwen3")
    file = LedgerFile(str(path))
    file.book(
        [
            Booking(ModelCall(*mini, NOW, "run-2", "report.lua", "writer"), Usage(30_000, 1_200, 9_000), nano(0.375)),
            Booking(ModelCall(*mini, NOW, "run-2", "report.lua", "critic"), Usage(500, 0), nano(0.125), "estimated"),
            Booking(ModelCall(*local, NOW, "run-2", "report.lua"), Usage(100, 50), 0),
            Booking(ModelCall("new", "odd\x1b[31m", 1_000_000_000.0, "run-1", "old.py"), Usage(7, 7), None),
        ]
    )
    file.close()
    settings = tmp_path / "home/.config/llmspell"
    settings.mkdir(parents=True)
    (settings / "config.toml").write_text(f'[ledger]\npath = "{path}"\n')
    return tmp_path


def test_it_is_a_table_with_calls_tokens_usd_shares_and_a_sum(llmspell: Llmspell, spent: Path) -> None:
    done = llmspell("cost")
    assert done.returncode == 0
    assert done.stdout.splitlines()[0].split() == ["model", "calls", "input", "output", "cached", "USD", "share"]
    rows = {it.split()[0]: it.split()[1:] for it in done.stdout.splitlines()[1:]}
    assert rows["openai/gpt-5-mini"] == ["2", "30,500", "1,200", "9,000", "0.5000", "100%"]
    assert rows["ollama/qwen3"] == ["1", "100", "50", "0", "0.0000", "0%"]
    assert rows["total"] == ["4", "30,607", "1,257", "9,000", "0.5000", "+", "?", "100%"]
    assert re.search(r"^new/odd\S+ +1 +7 +7 +0 +\? +0%$", done.stdout, re.MULTILINE)
    assert "1 call broke off or came without a count; what they cost is an estimate" in done.stderr
    assert "the price of 1 call is not known; set it under [prices]" in done.stderr


@pytest.mark.parametrize("by", GROUPS)
def test_it_counts_by_anything_and_since_any_time(llmspell: Llmspell, spent: Path, by: str) -> None:
    whole = json.loads(llmspell("cost", "--by", by, "--json").stdout)
    recent = json.loads(llmspell("cost", "--by", by, "--json", "--since", "1d").stdout)
    assert whole["by"] == by and whole["total"]["calls"] == 4 and whole["total"]["cost_usd"] == 0.5
    assert json.loads(llmspell("cost", "--by", by, "--json", "--since", "999999w").stdout) == whole
    assert recent["total"]["calls"] == 3 and recent["total"]["calls_without_price"] == 0
    assert sum(it["calls"] for it in whole["rows"]) == 4 and sum(it["share"] for it in whole["rows"]) == 1
    names = {
        "model": ["openai/gpt-5-mini", "ollama/qwen3"],
        "provider": ["openai", "ollama"],
        "agent": ["writer", "critic", ""],
        "script": ["report.lua"],
        "run": ["run-2"],
        "day": [day_of(NOW)],
    }
    assert [it["name"] for it in recent["rows"]] == names[by]


def test_control_characters_in_names_do_not_reach_the_terminal(llmspell: Llmspell, spent: Path) -> None:
    assert "\x1b" not in llmspell("cost").stdout
    assert "(no agent)" in llmspell("cost", "--by", "agent").stdout


def test_where_nothing_was_spent_it_says_so_and_makes_no_file(llmspell: Llmspell, tmp_path: Path) -> None:
    done = llmspell("cost")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "llmspell: nothing has been spent on models\n")
    assert llmspell("cost", "--since", "7d").stderr == "llmspell: nothing has been spent on models since 7d\n"
    found = json.loads(llmspell("cost", "--json").stdout)
    assert found["rows"] == [] and found["total"]["cost_usd"] == 0
    assert not list((tmp_path / "home").rglob("ledger.db"))


def test_with_a_budget_for_the_day_it_says_what_is_left_of_it(llmspell: Llmspell, spent: Path) -> None:
    (spent / "llmspell.toml").write_text("[budget]\nday_usd = 2\n")
    assert "$0.50 of $2.00 for today (UTC) are spent" in llmspell("cost").stderr


def test_what_is_no_group_no_time_or_no_ledger_is_refused(llmspell: Llmspell, spent: Path) -> None:
    done = llmspell("cost", "--by", "modell")
    assert done.returncode == 2 and "did you mean model?" in done.stderr
    done = llmspell("cost", "--since", "yesteryear")
    assert done.returncode == 2 and "12h, 7d, 2w, today, or a date" in done.stderr
    (spent / "kept" / "ledger.db").write_bytes(b"no ledger" * 1_000)
    done = llmspell("cost")
    assert done.returncode == 74 and "ledger" in done.stderr


def test_a_time_is_a_span_a_day_or_today_in_utc() -> None:
    noon = datetime(2026, 11, 28, 12, 0, tzinfo=UTC).timestamp()
    assert since_when("12h", noon) == since_when("today", noon) == since_when("2026-11-28", noon)
    assert since_when("7d", noon) == since_when("1w", noon) == noon - 7 * 86_400
    assert since_when("999999w", noon) == since_when("0001-01-01", noon) == 0.0
    for text in ("", "d", "-1d", "2026-13-01", "7 days"):
        with pytest.raises(UsageError):
            since_when(text, noon)
