"""What docs/guide/models.md shows is true: its settings load, its provider answers. Its commands: test_readme."""

import asyncio
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from llmspell.config.load import load_settings
from llmspell.models.catalog import ModelCatalog
from llmspell.models.messages import user
from llmspell.models.protocol import Completed, ModelRequest
from llmspell.models.provider_config import ProviderConfig
from llmspell.models.provider_plugins import GROUP
from llmspell.models.providers import BUILTIN

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "guide" / "models.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)


SETTINGS = [it for it in blocks("toml") if not it.startswith("# pyproject")]


@pytest.mark.parametrize("text", SETTINGS, ids=[it.splitlines()[0] for it in SETTINGS])
def test_settings_that_are_shown_load_and_every_provider_and_alias_in_them_can_be_used(
    tmp_path: Path, text: str
) -> None:
    (tmp_path / "shown.toml").write_text(text)
    settings = load_settings(files=[str(tmp_path / "shown.toml")], environ={"HOME": str(tmp_path)})
    settings.check()
    catalog = ModelCatalog(settings)
    tables = tomllib.loads(text)
    for name in tables.get("providers", {}):
        assert catalog.entry(name).checked().name == name
        assert not catalog.entry(name).key.place.refusal[0]
    for name in tables.get("models", {}):
        assert catalog.find(name).name


def test_every_variable_of_the_table_is_a_providers_and_every_provider_is_in_it() -> None:
    table = TEXT[TEXT.index("| provider |") : TEXT.index("A key may be kept elsewhere")]
    shown = set(re.findall(r"`([A-Z_]+(?:KEY|BEDROCK|ENDPOINT))`", table))
    known = {it for row in BUILTIN.values() for it in (*row.key_variables, row.url_variable)}
    assert shown <= known
    assert all(re.search(rf"\b{name}\b", table) for name in BUILTIN if name not in ("echo", "scripted"))


def test_the_provider_that_is_shown_answers() -> None:
    (pyproject,) = [it for it in blocks("toml") if it.startswith("# pyproject")]
    entries = tomllib.loads(pyproject)["project"]["entry-points"][GROUP]
    names: dict[str, Any] = {}
    exec(blocks("py")[0], names)  # the text of our own page
    model = names[entries["acme"].partition(":")[2]](ProviderConfig("acme", "plugin"), "m")
    request = ModelRequest((user("abc"),))

    async def go() -> list[Any]:
        return [await model.request(request), *[it async for it in model.stream(request)]]

    whole, *events = asyncio.run(go())
    assert whole.message.text == "cba" and isinstance(events[-1], Completed)
