"""The settings of hooks: tables within a section, switched on by what they set, guarded against files of strangers."""

from __future__ import annotations

from pathlib import Path

import pytest

from llmspell.config.load import load_settings
from llmspell.config.settings import Settings
from llmspell.errors import ConfigError, UsageError


def load(folder: Path, text: str, **more: object) -> Settings:
    (folder / "llmspell.toml").write_text(text, "utf-8")
    return load_settings(cwd=str(folder), environ={"XDG_CONFIG_HOME": str(folder / "user")}, **more)


def own(folder: Path, text: str) -> None:
    (folder / "user" / "llmspell").mkdir(parents=True)
    (folder / "user" / "llmspell" / "config.toml").write_text(text, "utf-8")


def test_tables_have_types_and_defaults(tmp_path: Path) -> None:
    settings = load(tmp_path, '[hooks]\ntimeout = "2s"\n[hooks.caching]\nttl = "5m"\ntools = ["calc*"]\n')
    assert settings.get("hooks.timeout") == 2.0
    assert settings.get("hooks.slow_ms") == 10_000
    assert settings.get("hooks.caching") == {"enabled": None, "tools": ("calc*",), "models": (), "ttl": 300.0}
    assert "hooks.caching.ttl = 300.0" in str(settings.explain("hooks.caching.ttl"))
    assert [it.key for it in settings.explain_table("hooks.metrics")[1]] == [
        "hooks.metrics.enabled",
        "hooks.metrics.kinds",
        "hooks.metrics.path",
    ]


def test_an_empty_table_switches_on_and_variables_and_flags_reach_into_tables(tmp_path: Path) -> None:
    (tmp_path / "llmspell.toml").write_text("[hooks.metrics]\n", "utf-8")
    settings = load_settings(
        cwd=str(tmp_path),
        environ={"LLMSPELL_HOOKS__RATE_LIMIT__LIMIT": "5", "XDG_CONFIG_HOME": str(tmp_path)},
        flags={"hooks.tracing.kinds": "tool,model", "hooks.metrics.path": "stderr"},
    )
    assert settings.get("hooks.metrics.enabled") is True
    assert settings.get("hooks.metrics.path") == "stderr"
    assert settings.get("hooks.rate_limit.limit") == 5
    assert settings.get("hooks.tracing.kinds") == ("tool", "model")


def test_a_file_is_relative_to_the_file_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('[hooks.tracing]\npath = "spans.jsonl"\n', "utf-8")
    settings = load_settings(cwd="/", environ={}, config=str(tmp_path / "mine.toml"))
    assert settings.get("hooks.tracing.path") == str(tmp_path / "spans.jsonl")


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("[hooks.loging]\nlevel = 'info'", "no such hook: [hooks.loging]", "logging"),
        ("[hooks]\ntimout = 1", "no such setting: hooks.timout", "timeout"),
        ("[hooks.logging]\nlevl = 'info'", "no such setting: hooks.logging.levl", "level"),
        ("[hooks.logging]\nxyz = 'info'", "no such setting: hooks.logging.xyz", "the settings of logging are enabled"),
        ("[hooks]\nlogging = true", "hooks.logging is a table", "write [hooks.logging]"),
        ("[hooks.logging]\nlevel = 'loud'", "hooks.logging.level is one of trace", ""),
        ("[hooks.metrics]\nkinds = ['tools']", "hooks.metrics.kinds is a list of agent or model", ""),
        ("[hooks.retry]\nattempts = -1", "hooks.retry.attempts is a whole number", ""),
        ("[hooks.cost]\nwarn_usd = 'much'", "hooks.cost.warn_usd is an amount of USD", ""),
        ("[hooks.caching]\nttl = 'long'", "hooks.caching.ttl", ""),
        ("[hooks.logging.level]\nx = 1", "no such setting: hooks.logging.level.x", "level"),
    ],
)
def test_a_mistake_names_the_file_and_the_nearest_key(text: str, message: str, hint: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as raised:
        load(tmp_path, text)
    assert message in raised.value.message
    assert "llmspell.toml:" in raised.value.message
    assert hint in raised.value.hint


def test_a_flag_with_a_mistake_is_a_mistake_of_use(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such setting: hooks.caching.tttl"):
        load_settings(cwd=str(tmp_path), environ={}, flags={"hooks.caching.tttl": "1"})


@pytest.mark.parametrize("name", ["metrics", "tracing"])
def test_a_project_file_that_was_found_does_not_say_where_to_write(name: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="may not say where something is written"):
        load(tmp_path, f'[hooks.{name}]\npath = "x"\n')
    named = load_settings(cwd="/", environ={}, config=str(tmp_path / "llmspell.toml"))
    assert named.get(f"hooks.{name}.path") == str(tmp_path / "x")


def test_a_project_file_that_was_found_brings_no_regular_expressions(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="may not bring regular expressions") as caught:
        load(tmp_path, "[hooks.redaction]\npatterns = ['(a+)+$']\n")
    assert "--config" in caught.value.hint
    named = load_settings(cwd="/", environ={}, config=str(tmp_path / "llmspell.toml"))
    assert named.get("hooks.redaction.patterns") == ("(a+)+$",)


def test_a_project_file_does_not_change_the_user_s_guards_and_may_set_its_own(tmp_path: Path) -> None:
    own(tmp_path, "[hooks.redaction]\npatterns = ['a']\n[hooks.logging]\nlevel = 'warn'\n")
    settings = load(
        tmp_path,
        "[hooks.redaction]\nenabled = false\n[hooks.cost]\nlimit_usd = 1\n[hooks.logging]\nlevel = 'debug'\n",
    )
    assert settings.get("hooks.redaction.enabled") is None
    assert settings.get("hooks.redaction.patterns") == ("a",)
    assert settings.get("hooks.cost.limit_usd") == 1.0
    assert settings.get("hooks.logging.level") == "debug"
