import json
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

Llmspell = Callable[..., subprocess.CompletedProcess[str]]


def test_show_prints_every_setting_with_its_source(llmspell: Llmspell, tmp_path: Path) -> None:
    (tmp_path / "llmspell.toml").write_text('[run]\nprofile = "low"\n')
    shown = llmspell("config", "show").stdout
    assert 'run.profile = "low"' in shown
    assert "llmspell.toml:2" in shown
    assert 'journal.mode = "normal"' in shown
    only = llmspell("config", "show", "run").stdout
    assert "run.profile" in only
    assert "journal.mode" not in only


def test_show_prints_json_and_no_secrets(llmspell: Llmspell, tmp_path: Path) -> None:
    (tmp_path / "llmspell.toml").write_text('[tools.web]\nkey = { env = "MY_KEY" }\n')
    done = llmspell("config", "show", "--json", env={"MY_KEY": "canary-7f3a"})
    assert json.loads(done.stdout)["run"]["profile"] == "medium"
    assert "canary-7f3a" not in done.stdout
    assert json.loads(llmspell("config", "show", "journal", "--json").stdout)["mode"] == "normal"


def test_explain_names_the_winner_and_the_losers(llmspell: Llmspell, tmp_path: Path) -> None:
    (tmp_path / "llmspell.toml").write_text('[run]\nprofile = "low"\n')
    lines = llmspell("config", "explain", "run.profile", env={"LLMSPELL_RUN__PROFILE": "high"}).stdout.splitlines()
    assert '"high"' in lines[0] and "LLMSPELL_RUN__PROFILE" in lines[0]
    assert '"low"' in lines[1] and "llmspell.toml" in lines[1]
    assert '"medium"' in lines[2] and "default" in lines[2]
    by_flag = llmspell("config", "explain", "run.profile", "--set", "run.profile=none").stdout
    assert by_flag.startswith('run.profile = "none"')


def test_what_the_files_say_is_what_runs(llmspell: Llmspell, tmp_path: Path) -> None:
    (tmp_path / "a.lua").write_text('print(pcall(Tool.execute, "calculator", {input = "1"}))\n')
    (tmp_path / "llmspell.toml").write_text('[run]\nprofile = "high"\n')
    assert llmspell("a.lua").stdout.startswith("false")
    assert llmspell("run", "--profile", "medium", "a.lua").stdout.startswith("true")
    assert llmspell("a.lua", env={"LLMSPELL_RUN__PROFILE": "medium"}).stdout.startswith("true")


def test_the_default_engine_and_language_are_settings(llmspell: Llmspell, tmp_path: Path) -> None:
    (tmp_path / "llmspell.toml").write_text('[engine]\nlua = "luajit"\n[run]\nlanguage = "python"\n')
    (tmp_path / "a.lua").write_text("print(_VERSION)")
    assert llmspell("a.lua").stdout == "Lua 5.1\n"
    assert llmspell("run", "--engine", "lua54", "a.lua").stdout == "Lua 5.4\n"
    assert llmspell("eval", "[1][0]").stdout == "1\n"
    assert llmspell("eval", "-l", "lua", "('a'):rep(2)").stdout == "aa\n"


def test_a_time_limit_of_the_settings_counts(llmspell: Llmspell, tmp_path: Path) -> None:
    (tmp_path / "a.lua").write_text("while true do end")
    assert llmspell("a.lua", env={"LLMSPELL_RUN__TIMEOUT": "300ms"}).returncode == 124


def test_init_writes_a_file_that_is_right_and_never_replaces_one_unasked(llmspell: Llmspell, tmp_path: Path) -> None:
    assert llmspell("config", "init").returncode == 0
    text = (tmp_path / "llmspell.toml").read_text()
    assert "# profile" in text
    assert llmspell("config", "check").returncode == 0
    again = llmspell("config", "init")
    assert again.returncode == 2
    assert "--force" in again.stderr
    assert llmspell("config", "init", "--force").returncode == 0


def test_every_default_that_init_shows_is_accepted(llmspell: Llmspell, tmp_path: Path) -> None:
    llmspell("config", "init")
    lines = (tmp_path / "llmspell.toml").read_text().splitlines()
    shown = [it.removeprefix("# ") if it.startswith("# [") or (" = " in it and "…" not in it) else it for it in lines]
    text = "\n".join(shown)
    assert tomllib.loads(text)["run"]["profile"] == "medium"
    (tmp_path / "all.toml").write_text(text)
    done = llmspell("config", "check", "all.toml")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_path_names_the_files_strongest_first(llmspell: Llmspell, tmp_path: Path) -> None:
    nothing = llmspell("config", "path")
    assert (nothing.returncode, nothing.stdout) == (0, "")
    assert "llmspell.toml" in nothing.stderr
    user = tmp_path / "xdg" / "llmspell" / "config.toml"
    user.parent.mkdir(parents=True)
    user.write_text("")
    (tmp_path / "llmspell.toml").write_text("")
    done = llmspell("config", "path", env={"XDG_CONFIG_HOME": str(tmp_path / "xdg")})
    assert done.stdout.splitlines() == [str(tmp_path / "llmspell.toml"), str(user)] and done.stderr == ""


def test_the_users_own_file_is_shown_where_it_belongs_before_it_is_there(llmspell: Llmspell, tmp_path: Path) -> None:
    variables = {"XDG_CONFIG_HOME": str(tmp_path / "xdg")}
    (tmp_path / "llmspell.toml").write_text('[ledger]\npath = "x"\n')
    done = llmspell("config", "path", env=variables)
    own = tmp_path / "xdg" / "llmspell" / "config.toml"
    assert done.stdout.splitlines() == [str(tmp_path / "llmspell.toml")]
    assert f"{own}: your own settings file, not there yet" in done.stderr
    refused = llmspell("config", "show", env=variables)
    assert refused.returncode == 78 and f"put it into your own settings file {own}, or name" in refused.stderr


def test_check_names_every_mistake(llmspell: Llmspell, tmp_path: Path) -> None:
    text = '[run]\nprofil = "low"\ntimeout = "soon"\n[profiles.a]\nextends = "mediun"\n'
    (tmp_path / "llmspell.toml").write_text(text)
    for argv in (["config", "check"], ["config", "check", "llmspell.toml"]):
        done = llmspell(*argv)
        assert (done.returncode, done.stdout) == (78, "")
        assert done.stderr.count("error:") == 3
        for it in ("llmspell.toml:2", "llmspell.toml:3", "mediun"):
            assert it in done.stderr


def test_check_asks_the_hooks_that_are_on(llmspell: Llmspell, tmp_path: Path) -> None:
    text = "[hooks.logging]\npoints = ['BeforeTool']\n[hooks.redaction]\npatterns = ['(']\n[hooks.metrics]\n"
    (tmp_path / "mine.toml").write_text(text + "path = 'never.json'\n")
    done = llmspell("config", "check", "mine.toml")
    assert (done.returncode, done.stdout) == (78, "")
    assert done.stderr.count("error:") == 2
    assert "[hooks.logging]: Unknown hook point: BeforeTool" in done.stderr
    assert "[hooks.redaction]: '(' is no regular expression" in done.stderr
    (tmp_path / "mine.toml").write_text("[hooks.metrics]\npath = 'never.json'\n")
    assert llmspell("config", "check", "mine.toml").returncode == 0
    assert not (tmp_path / "never.json").exists()


@pytest.mark.parametrize(
    "argv", [["a.lua"], ["run", "a.lua"], ["eval", "1"], ["tool", "call", "calculator", "--input", "1"]]
)
def test_rights_that_a_found_project_file_gives_are_told_at_every_run(
    llmspell: Llmspell, tmp_path: Path, argv: list[str]
) -> None:
    (tmp_path / "a.lua").write_text("print(1)")
    (tmp_path / "llmspell.toml").write_text('[run]\nprofile = "mine"\n[profiles.mine]\nallow = ["read:/"]\n')
    done = llmspell(*argv)
    assert (done.returncode, done.stdout) == (0, "1\n")
    assert 'warning: the project file changes what scripts may do: profiles.mine.allow = ["read:/"]' in done.stderr
    (tmp_path / "llmspell.toml").write_text('[run]\nprofile = "medium"\n')
    assert llmspell(*argv).stderr == ""


# Tables -------------------------------------------------------------------------------------------------------------

TABLES = """
[models]
fast = "openai/gpt-5-mini"
smart = { model = "openai/gpt-5", temperature = 0 }

[prices."openai/gpt-4.1"]
input = 2
output = 8
"""


def test_explain_knows_tables_and_names_with_dots(llmspell: Llmspell, tmp_path: Path) -> None:
    def explained(key: str) -> str:
        done = llmspell("config", "explain", key)
        assert (done.returncode, done.stderr) == (0, ""), key
        return done.stdout

    assert "nothing is set under [prices]" in explained("prices")
    (tmp_path / "llmspell.toml").write_text(TABLES)
    assert 'models.smart.model = "openai/gpt-5"' in explained("models.smart") and "llmspell.toml" in explained("models")
    assert 'models.fast = "openai/gpt-5-mini"' in explained("models.fast")
    assert "what a model costs" in explained("prices") and "prices.openai/gpt-4.1.input = 2.0" in explained("prices")
    assert "prices.openai/gpt-4.1.output = 8.0" in explained("prices.openai/gpt-4.1")
    assert explained("prices.openai/gpt-4.1.output").startswith("prices.openai/gpt-4.1.output = 8.0")
    assert "budget.run_usd = none    from default" in explained("budget")


def test_explain_refuses_what_is_no_setting_and_no_table(llmspell: Llmspell, tmp_path: Path) -> None:
    for key, says in (("model", "did you mean models"), ("models.smrt", "models.smrt is not set"), ("", "no such")):
        done = llmspell("config", "explain", key)
        assert (done.returncode, done.stdout) == (2, "") and says in done.stderr, key


def test_init_tells_of_models_providers_prices_and_budgets(llmspell: Llmspell, tmp_path: Path) -> None:
    llmspell("config", "init")
    text = (tmp_path / "llmspell.toml").read_text()
    for table in ("[models]", "[budget]", "[models.fast]", "[providers.my-server]", '[prices."my-server/small"]'):
        assert table in text, table
