"""`--budget`: read before FILE, refused where it is no amount, and warned of behind FILE."""

import json
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


SCRIPT = """
turn = {"text": "hello", "usage": {"input_tokens": 30, "output_tokens": 995}, "times": 9}
agent = Agent.create(name="greeter", model={"scripted": [turn]}, max_tokens=995)
for _ in range(3):
    print(agent.execute("Say hello.").text)
"""
PRICED = ["--set", "prices.scripted/*.input=10", "--set", "prices.scripted/*.output=100"]


@pytest.mark.parametrize(("budget", "n_answers", "exit_code"), [("1", 3, 0), ("0.2", 2, 79), ("0.001", 0, 79)])
def test_a_run_ends_with_79_when_it_is_used_up_and_keeps_what_was_done(
    llmspell: Llmspell, tmp_path: Path, budget: str, n_answers: int, exit_code: int
) -> None:
    (tmp_path / "a.py").write_text(SCRIPT)
    done = llmspell("run", "--json", "--budget", budget, *PRICED, "a.py")
    outcome = json.loads(done.stdout)
    assert (done.returncode, outcome["outcome"]) == (exit_code, "budget" if exit_code else "ok")
    assert outcome["cost_usd"] == pytest.approx(n_answers * 0.0998)
    assert outcome["usage"]["output_tokens"] == n_answers * 995
    assert done.stderr.count("hello\n") == n_answers
    spent = json.loads(llmspell("cost", "--by", "script", "--json").stdout)
    assert spent["total"]["calls"] == n_answers
    assert spent["total"]["cost_usd"] == pytest.approx(n_answers * 0.0998)
    assert [it["name"] for it in spent["rows"]] == ["a.py"] * bool(n_answers)


def test_runs_of_one_day_share_its_budget(llmspell: Llmspell, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(SCRIPT)
    day = ["--set", "budget.day_usd=0.4", *PRICED, "a.py"]
    assert llmspell("run", *day).returncode == 0
    done = llmspell("run", *day)
    assert done.returncode == 79 and done.stdout == "hello\n"
    assert "this day may spend $0.40 on models and has spent $0.399" in done.stderr


def test_under_a_budget_a_model_without_a_price_is_refused_with_the_lines_that_set_one(
    llmspell: Llmspell, tmp_path: Path
) -> None:
    (tmp_path / "llmspell.toml").write_text('[providers.mine]\nbase_url = "http://127.0.0.1:9/v1"\n')
    code = 'Agent.create{ model = "mine/m" }:execute("hi")'
    done = llmspell("eval", "--budget", "1", code)
    assert done.returncode == 78
    assert '[prices."mine/m"]\ninput = …\noutput = …' in done.stderr
    assert (
        llmspell("eval", "--set", "providers.mine.retries=0", code).returncode == 69
    )  # it was asked, and is not there


PROJECT = """
[providers.mine]
base_url = "http://127.0.0.1:9/v1"
api_key = "k"
local = false

[prices."mine/small"]
input = 1
output = 2
"""


def test_a_price_in_a_project_file_that_was_found_does_not_count_and_that_is_said(
    llmspell: Llmspell, tmp_path: Path
) -> None:
    (tmp_path / "llmspell.toml").write_text(PROJECT)
    ask = ("agent", "ask", "hi", "-m", "mine/small", "--budget", "0.000001")
    done = llmspell(*ask)
    assert (done.returncode, done.stdout) == (78, "")
    file = tmp_path / "llmspell.toml"
    assert f"the price of mine/small in {file} does not count under a budget of yours" in done.stderr
    assert "--config llmspell.toml" in done.stderr and '[prices."mine/small"]' in done.stderr
    named = llmspell(*ask, "--config", "llmspell.toml")
    assert named.returncode == 79 and "of yours" not in named.stderr


def test_model_info_says_so_beside_the_price(llmspell: Llmspell, tmp_path: Path) -> None:
    (tmp_path / "llmspell.toml").write_text(PROJECT)
    info = ("model", "info", "mine/small")
    shown = llmspell(*info).stdout
    assert "$1.00 in, $2.00 out, per million tokens (from the project file)" in shown
    assert "does not count under a budget of yours" in shown and "--config llmspell.toml" in shown
    named = llmspell(*info, "--config", "llmspell.toml").stdout
    assert "(from the settings)" in named and "budget" not in named
    assert json.loads(llmspell(*info, "--json").stdout)["price_only_in"] == str(tmp_path / "llmspell.toml")
    limited = llmspell(*info, "--set", "budget.run_usd=1").stdout
    assert "not counted under your budget" in limited and "does not count under a budget of yours" in limited
