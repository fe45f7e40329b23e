from pathlib import Path

import pytest
from llmspell.cli.options import parse
from llmspell.cli.settings import flags_of, load
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
