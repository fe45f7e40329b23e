"""docs/guide/scripted-models.md: its files are read, and its conversations happen as they are shown."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from model_conversations import run

from llmspell.config.load import load_settings
from llmspell.errors import ConfigError, ProviderError
from llmspell.models import scripted_file, scripted_text
from llmspell.models.messages import Message, ToolCall, system, tool_answer, user
from llmspell.models.protocol import ModelRequest, ToolDefinition
from llmspell.models.scripted import ScriptedModel
from llmspell.models.scripted_file import parse_scripted

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "guide" / "scripted-models.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"# (scripted/(\w+)\.toml)\n")


def files() -> Iterator[tuple[str, str, str]]:
    """The name, the text and the conversation of each file that is shown; the conversation is empty where none is."""
    for i, (language, text) in enumerate(BLOCKS):
        if language == "toml" and (named := NAMED.match(text)):
            follows = BLOCKS[i + 1] if i + 1 < len(BLOCKS) else ("", "")
            yield named[2], text, follows[1] if follows[0] == "text" else ""


FILES = list(files())
RIGHT = [pytest.param(*it, id=it[0]) for it in FILES if it[0] != "wrong"]


@dataclass
class Stage:
    """A conversation that is played: what is shown to a model, and what is seen of it."""

    name: str
    text: str
    model: ScriptedModel = field(init=False)
    messages: list[Message] = field(default_factory=list)
    tools: tuple[ToolDefinition, ...] = ()
    waiting: list[ToolCall] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.begin(self.name)

    def begin(self, name: str) -> None:
        self.model = ScriptedModel(parse_scripted(self.text, f"scripted/{self.name}.toml"), name)
        self.messages, self.tools, self.waiting = [], (), []

    def play(self, line: str) -> list[str]:
        """What is seen after a line of the conversation that is not the model's."""
        said, _, rest = line.partition(" ")
        match said:
            case "model":
                self.begin(rest)
            case "system":
                self.messages.append(system(rest))
            case "offers":
                self.tools = (*self.tools, ToolDefinition(rest, "", {"type": "object"}))
            case ">":
                self.messages.append(user(rest))
            case "<":
                self.messages.append(tool_answer(self.waiting.pop(0), rest))
        return self.answer() if said in "><" and not self.waiting else []

    def answer(self) -> list[str]:
        try:
            response = run(self.model.request(ModelRequest(tuple(self.messages), self.tools)))
        except ProviderError as problem:
            return [f"error: {problem.message}", *([f"hint: {problem.hint}"] if problem.hint else [])]
        self.messages.append(response.message)
        self.waiting = list(response.message.tool_calls)
        calls = [f"{it.name} {json.dumps(dict(it.arguments))}" for it in self.waiting]
        return [*response.message.text.splitlines(), *calls]


@pytest.mark.parametrize(("name", "text", "conversation"), RIGHT)
def test_a_conversation_that_is_shown_happens(name: str, text: str, conversation: str) -> None:
    assert conversation
    stage, seen = Stage(name, text), []
    for line in conversation.splitlines():
        if line.split(" ")[0] in ("model", "system", "offers", ">", "<"):
            seen += [line, *stage.play(line)]
    assert seen == conversation.splitlines()


def test_the_mistake_that_is_shown_is_refused_as_it_says() -> None:
    (text,) = [it[1] for it in FILES if it[0] == "wrong"]
    with pytest.raises(ConfigError) as raised:
        parse_scripted(text, "scripted/wrong.toml")
    assert f"`{raised.value}`" in PAGE


def test_the_settings_that_are_shown_are_settings(tmp_path: Path) -> None:
    shown = [text for language, text in BLOCKS if language == "toml" and not NAMED.match(text)]
    assert shown
    for text in shown:
        (tmp_path / "llmspell.toml").write_text(text, "utf-8")
        load_settings(cwd=str(tmp_path), environ={}, files=[str(tmp_path / "llmspell.toml")])


def keys_read_by(*functions: str) -> set[str]:
    """The keys that the reader asks for, by its source."""
    source = Path(scripted_file.__file__).read_text("utf-8")
    bodies = [re.search(rf"^def {it}\(.*?(?=^def |\Z)", source, re.MULTILINE | re.DOTALL) for it in functions]
    asked = r"\.(?:text|texts|text_or_texts|take|flag|number|count|choice|table|items)\(\"(\w+)\""
    return {key for body in bodies if body for key in re.findall(asked, body[0])}


def test_every_key_that_is_read_is_described_and_no_other() -> None:
    rows = re.findall(r"^\| (`[a-z].*?) \|", PAGE, re.MULTILINE)
    described = {name for row in rows for name in re.findall(r"`(\w+)", row)}
    conditions = keys_read_by("_when")
    answers = keys_read_by("_turn", "_own_call", "_calls", "_call") - {"id", "raw", "when", "times", "NAME"}
    assert described - {"false", "true"} == conditions | answers
    for key in keys_read_by("read_script") | {"id", "raw", "when", "times"}:
        assert re.search(rf"`{key}\b|\b{key} = |\[{key}\]|\b{key}\b }}|, {key} }}", PAGE), key


def test_every_name_that_can_be_filled_in_is_described() -> None:
    rows = re.findall(r"^\| (`\{\{.*?) \|", PAGE, re.MULTILINE)
    described = {name for row in rows for name in re.findall(r"\{\{(\w+)\}\}", row)}
    assert described == {*scripted_text.NAMES, "1", "9"}
