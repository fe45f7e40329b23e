"""What the guide to guardrails and flows shows is true: each example in both languages, its settings, its tables."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from llmspell.config.load import load_settings
from llmspell.guardrails import finders, library
from llmspell.guardrails.presets import PRESETS
from llmspell.guardrails.reading import rails_from
from llmspell.guardrails.spec import LIMITS
from llmspell.runtime.guarding import rails_of
from llmspell.runtime.runtime import ScriptRuntime
from llmspell.runtime.script import from_source
from llmspell.security.redact import Redactor

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "guide" / "guardrails.md").read_text("utf-8")
EXAMPLE = re.compile(
    r"(?:```toml\n(?P<toml>[^`]*)```\n\n)?```lua\n(?P<lua>.*?)```\n\n[^`]*```python\n(?P<python>.*?)```\n\n"
    r"```text\n(?P<text>.*?)```",
    re.DOTALL,
)


def examples() -> list[Any]:
    return [
        pytest.param(
            it["toml"] or "", language, it[language], it["text"], id=f"{TEXT.count(chr(10), 0, it.start())}-{language}"
        )
        for it in EXAMPLE.finditer(TEXT)
        for language in ("lua", "python")
    ]


def test_there_are_examples() -> None:
    assert len(examples()) == 6


@pytest.mark.parametrize(("settings", "language", "source", "printed"), examples())
def test_an_example_prints_what_the_guide_says(
    settings: str, language: str, source: str, printed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "settings.toml"
    file.write_text(settings, "utf-8")
    environ = {"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state")}
    runtime = ScriptRuntime("medium", settings=load_settings(files=[str(file)], environ=environ))
    outcome = runtime.run(from_source(source.encode(), "example", language=language), output="capture")
    assert outcome.error is None
    assert outcome.stdout.decode() == printed


def test_all_settings_that_are_shown_can_be_loaded(tmp_path: Path) -> None:
    for i, it in enumerate(re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)):
        file = tmp_path / f"{i}.toml"
        file.write_text(it, "utf-8")
        assert rails_of(load_settings(files=[str(file)], environ={"HOME": str(tmp_path)}), Redactor())


def test_the_tables_name_all_there_is() -> None:
    def named(part: str) -> set[str]:
        rows = re.findall(r"^\| (`[^|]*) \|", TEXT.partition(part)[2].partition("\n\n")[2].partition("\n\n")[0], re.M)
        return {it for row in rows for it in re.findall(r"`([^`]+)`", row)}

    found = {
        it
        for row in re.findall(r"^\| (`email.*|`secret.*|`phone.*) \|.*\|$", TEXT, re.M)
        for it in re.findall(r"`(\w+)`", row)
    }
    assert found == {*finders.NAMES, *library.NAMES}
    assert named("## Limits") == set(LIMITS)
    assert {it for it in PRESETS if f"| `{it}` |" in TEXT} == set(PRESETS)


@pytest.mark.parametrize("name", PRESETS)
def test_each_preset_is_a_declaration(name: str) -> None:
    assert rails_from(name).is_empty is (name == "none")
