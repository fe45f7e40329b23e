from pathlib import Path

import pytest

from llmspell.cli.options import parse
from llmspell.cli.settings import announce, flags_of, load
from llmspell.errors import ConfigError, UsageError


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)


def test_flags_are_settings_with_their_own_names_as_sources() -> None:
    parsed = parse("run", ["-P", "low", "-t", "5m", "--require-sandbox", "--set", "journal.mode=off", "a.lua"])
    assert flags_of(parsed) == {
        "run.profile": ("low", "--profile"),
        "run.timeout": ("5m", "--timeout"),
        "run.require_sandbox": ("true", "--require-sandbox"),
        "journal.mode": ("off", "--set"),
    }


@pytest.mark.parametrize(("flag", "level"), [("-q", "error"), ("-v", "debug"), ("-qv", "error")])
def test_quiet_and_verbose_set_the_level_unless_it_is_set(flag: str, level: str) -> None:
    assert load(parse("run", [flag, "a.lua"]))[0].get("logging.level") == level
    assert load(parse("run", [flag, "--set", "logging.level=warn", "a.lua"]))[0].get("logging.level") == "warn"


def test_the_profile_carries_what_the_flags_change_and_who_changed_it() -> None:
    argv = ["--timeout", "5s", "--limit", "calls=7", "--allow", "write:out", "--deny", "tool:calculator", "a.lua"]
    profile = load(parse("run", argv))[1]
    assert (profile.name, profile.limits.wall_s, profile.limits.calls) == ("medium", 5.0, 7)
    text = "\n".join(profile.overrides)
    for it in ("by --timeout", "by --limit", "allow write:out by --allow", "deny tool:calculator by --deny"):
        assert it in text
    assert profile.permissions.decide("write", "out/x").allowed
    assert not profile.permissions.decide("tool", "calculator").allowed


def test_none_takes_the_time_limit_away() -> None:
    assert load(parse("run", ["--timeout", "none", "a.lua"]))[1].limits.wall_s is None
    assert load(parse("run", ["a.lua"]))[1].limits.wall_s == 300


@pytest.mark.parametrize(
    ("argv", "error"),
    [
        (["--timeout", "soon"], UsageError),
        (["--limit", "calls"], UsageError),
        (["--set", "x"], UsageError),
        (["--allow", "nothing"], UsageError),
        (["--profile", "nonsense"], ConfigError),
        (["--config", "none.toml"], ConfigError),
    ],
)
def test_a_wrong_value_is_the_flags_fault_and_a_missing_profile_the_settings(
    argv: list[str], error: type[Exception]
) -> None:
    with pytest.raises(error):
        load(parse("run", [*argv, "a.lua"]))


def test_several_rules_in_one_flag_are_refused_with_the_right_form() -> None:
    with pytest.raises(UsageError, match="takes one rule") as caught:
        load(parse("run", ["--allow", "read:/a,write:/b c", "a.lua"]))
    assert caught.value.hint == "write --allow read:/a --allow 'write:/b c'"
    assert load(parse("run", ["--allow", "read:/a,b", "a.lua"]))[1].permissions.decide("read", "/a,b").allowed


@pytest.mark.parametrize("rule", ["run:", "net:", "read:", "env= "])
def test_a_rule_about_nothing_is_refused(rule: str) -> None:
    with pytest.raises(UsageError, match="says nothing about what"):
        load(parse("run", ["--allow", rule, "a.lua"]))


def said(capfd: pytest.CaptureFixture[str], *argv: str) -> str:
    parsed = parse("run", [*argv, "a.lua"])
    announce(load(parsed)[0], parsed)
    return capfd.readouterr().err


def test_a_rule_about_no_tool_is_spoken_of(capfd: pytest.CaptureFixture[str]) -> None:
    assert "--deny tool:nope: no tool is called nope" in said(capfd, "--deny", "tool:nope")
    assert "did you mean hash-calculator?" in said(capfd, "--allow", "tool:hash")
    assert said(capfd, "--allow", "tool:hash_calculator", "--deny", "tool:*", "--allow", "*") == ""


def test_a_project_file_that_widens_what_scripts_may_do_is_announced(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "llmspell.toml").write_text('[run]\nprofile = "high"\n')
    assert said(capfd) == ""
    (tmp_path / "llmspell.toml").write_text('[run]\nprofile = "none"\n')
    assert 'the project file changes what scripts may do: run.profile = "none"' in said(capfd)
    assert said(capfd, "--config", "llmspell.toml") == ""


def test_a_rule_about_no_model_is_spoken_of(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "llmspell.toml").write_text(
        '[models]\nsmart = "mine/x"\n[providers.mine]\nbase_url = "http://[::1]:1"\n'
    )
    assert "--deny model:mine: mine is a provider" in said(capfd, "--deny", "model:mine")
    assert "did you mean model:mine/small?" in said(capfd, "--allow", "model=mien/small")
    assert said(capfd, "--deny", "model:smart", "--allow", "model:mine/*", "--deny", "model:*") == ""
