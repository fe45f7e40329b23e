"""`--budget`: read before FILE, refused where it is no amount, and warned of behind FILE."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from llmspell.cli.options import misplaced, parse
from llmspell.cli.settings import load
from llmspell.errors import UsageError

Llmspell = Callable[..., subprocess.CompletedProcess[str]]


@pytest.mark.parametrize("words", [["--budget", "0.5", "a.lua"], ["--budget=$0.50", "a.lua", "--budget", "9"]])
def test_it_is_the_runs_limit_and_needs_settings_so_the_run_is_not_quick(words: list[str]) -> None:
    parsed = parse("run", words)
    settings, _ = load(parsed)
    assert settings.get("budget.run_usd") == 0.5
    assert settings.explain("budget.run_usd").winner.source == "--budget"
    assert not parsed.quick and parse("run", ["a.lua"]).quick


def test_what_is_no_amount_is_refused(llmspell: Llmspell, tmp_path: Path) -> None:
    (tmp_path / "a.lua").write_text("print(1)")
    for amount in ("cheap", "-1", "inf", ""):
        done = llmspell("run", f"--budget={amount}", "a.lua")
        assert (done.returncode, done.stdout) == (2, ""), amount
        assert "--budget" in done.stderr
    with pytest.raises(UsageError, match="--budget needs a value: USD"):
        parse("run", ["--budget"])
    assert llmspell("run", "--budget", "0", "a.lua").stdout == "1\n"


def test_behind_the_file_it_is_the_scripts_and_that_is_said(llmspell: Llmspell, tmp_path: Path) -> None:
    (tmp_path / "a.lua").write_text("print(ARGS.budget)")
    done = llmspell("run", "a.lua", "--budget", "1")
    assert done.stdout == "1\n" and "--budget stands after FILE" in done.stderr
    assert misplaced(parse("run", ["a.lua", "--", "--budget", "1"])) == ""
