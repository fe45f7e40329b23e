"""What the guide of the journal shows is true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from llmspell.config.load import load_settings
from llmspell.config.schema import KEYS
from llmspell.runtime.runtime import ScriptRuntime
from llmspell.runtime.script import from_source

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "guide" / "journal.md").read_text("utf-8")
BLOCKS = dict(re.findall(r"```(lua|python|text)\n(.*?)```", TEXT, re.DOTALL))


@pytest.mark.parametrize("language", ["lua", "python"])
def test_its_example_prints_what_it_says(language: str, tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path)}
    runtime = ScriptRuntime("medium", settings=load_settings(files=(), environ=environ))
    outcome = runtime.run(from_source(BLOCKS[language].encode(), "example", language=language), output="capture")
    assert outcome.error is None
    assert outcome.stdout.decode() == BLOCKS["text"]


def test_its_settings_are_there() -> None:
    named = set(re.findall(r"`(journal\.[a-z_]+)[` ]", TEXT)) - {"journal.db"}
    assert named >= {"journal.mode", "journal.fsync", "journal.max_value", "journal.max_size", "journal.path"}
    assert named <= set(KEYS)
