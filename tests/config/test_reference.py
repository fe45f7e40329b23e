"""What is written for people about settings is true."""

import tomllib
from pathlib import Path

import pytest

from llmspell.config.load import load_settings
from llmspell.config.reference import default_file, settings_page
from llmspell.config.schema import KEYS, TABLE

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "configs").iterdir())


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda it: it.name)
def test_every_example_is_loaded_and_its_profiles_resolve(path):
    settings = load_settings(files=[str(path)], environ={"HOME": "/h"})
    settings.check()
    assert settings.files == (str(path),)
    assert settings.explain("run.profile").winner.source.startswith(str(path))


def test_there_are_examples():
    assert [it.stem for it in EXAMPLES] == ["data-analysis", "minimal", "production"]


def test_the_page_names_every_setting():
    page = settings_page()
    assert all(f"| `{it.key}` |" in page and it.doc in page for it in TABLE)


def test_the_first_settings_file_changes_nothing_and_can_be_uncommented(tmp_path):
    text = default_file()
    file = tmp_path / "llmspell.toml"
    file.write_text(text)
    tables = tomllib.loads(text)
    assert all(it == {} for it in tables.values())
    environ = {"HOME": "/h"}
    assert (
        load_settings(files=[str(file)], environ=environ).visible()
        == load_settings(files=(), environ=environ).visible()
    )
    lines = [
        it.removeprefix("# ") if it.startswith("# ") and (" = " in it or it.startswith("# [")) else it
        for it in text.splitlines()
    ]
    file.write_text("\n".join(it if not it.startswith("[profiles.NAME]") else "" for it in lines))
    settings = load_settings(files=[str(file)], environ=environ)
    settings.check()
    given = {".".join(it) for it in settings.candidates}
    assert set(KEYS) <= given
    same = [it.key for it in TABLE if it.kind not in ("path", "paths")]
    assert [settings.get(it) for it in same] == [load_settings(files=(), environ=environ).get(it) for it in same]
