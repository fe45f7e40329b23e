"""What the guides of hooks, of built-in hooks and of events show is true: each example, in both languages."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

from llmspell.config.hook_settings import KEYS, hooks_that_are_on
from llmspell.config.load import load_settings
from llmspell.errors import HookCancelled
from llmspell.events.points import POINTS
from llmspell.runtime.runtime import ScriptRuntime
from llmspell.runtime.script import from_source
from llmspell.tools.registry import ToolRegistry
from llmspell.tools.script_tool import script_tool

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "guide"
EXAMPLE = re.compile(
    r"(?:```toml\n(?P<toml>[^`]*)```\n\n)?```lua\n(?P<lua>.*?)```\n\n```python\n(?P<python>.*?)```\n\n```text\n(?P<text>.*?)```",
    re.DOTALL,
)


def examples() -> list[tuple[str, str, str, str]]:
    """(settings, language, source, what it prints) of each example, by the line it begins at."""
    return [
        pytest.param(found["toml"] or "", language, found[language], found["text"], id=f"{name}-{line}-{language}")
        for name in ("hooks", "events", "built-in-hooks")
        for text in [(GUIDE / f"{name}.md").read_text("utf-8")]
        for found in EXAMPLE.finditer(text)
        for line in [text.count("\n", 0, found.start()) + 1]
        for language in ("lua", "python")
    ]


@pytest.mark.parametrize(("settings", "language", "source", "printed"), examples())
def test_an_example_prints_what_the_guide_says(
    settings: str, language: str, source: str, printed: str, tmp_path: Path
) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(settings, "utf-8")
    environ = {"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path)}
    runtime = ScriptRuntime("medium", settings=load_settings(files=[str(file)], environ=environ))
    outcome = runtime.run(from_source(source.encode(), "example", language=language), output="capture")
    assert outcome.error is None
    assert outcome.stdout.decode() == printed


def test_the_table_of_points_is_that_of_the_code() -> None:
    text = (GUIDE / "hooks.md").read_text("utf-8")
    shown = re.findall(r"^\| `(\w+)` \| (.*?) \| (.*?) ?\|$", text.partition("## All points")[2], re.MULTILINE)
    assert shown == [(it.name, it.when, ", ".join(it.actions)) for it in POINTS.values()]


def test_the_example_for_programs_can_be_run() -> None:
    text = (GUIDE / "hooks.md").read_text("utf-8")
    names: dict[str, Any] = {}
    exec(re.findall(r"```python\n(.*?)```", text.partition("## From a program")[2], re.DOTALL)[0], names)
    tools = ToolRegistry()
    tools.register(script_tool("process-executor", "", None, names["refuse"]))
    assert asyncio.run(tools.execute(names["ctx"], "calculator", {"input": "1"})).text == "1"
    with pytest.raises(HookCancelled, match="not from here"):
        asyncio.run(tools.execute(names["ctx"], "process-executor"))


def test_all_settings_that_are_shown_can_be_loaded_and_switch_something_on(tmp_path: Path) -> None:
    text = (GUIDE / "built-in-hooks.md").read_text("utf-8")
    shown = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    on: set[str] = set()
    for i, it in enumerate(shown):
        file = tmp_path / f"{i}.toml"
        file.write_text(it, "utf-8")
        on |= set(hooks_that_are_on(load_settings(files=[str(file)], environ={"HOME": str(tmp_path)})))
    assert on == {key.split(".")[1] for key in KEYS if key.count(".") == 2}


def test_what_is_logged_is_what_the_guide_shows(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    text = (GUIDE / "built-in-hooks.md").read_text("utf-8")
    toml, line = re.findall(r"```toml\n(\[hooks\.logging\].*?)```\n\n```text\n(.*?)```", text, re.DOTALL)[0]
    (tmp_path / "settings.toml").write_text(toml, "utf-8")
    environ = {"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path)}
    settings = load_settings(files=[str(tmp_path / "settings.toml")], environ=environ)
    source = b"Tool.execute('calculator', { input = '6 * 7' })"
    ScriptRuntime("medium", settings=settings).run(from_source(source, "example", language="lua"), output="capture")
    assert line in capfd.readouterr().err
