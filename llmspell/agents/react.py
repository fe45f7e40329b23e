"""Tools in words: Thought, Action, Action Input, Observation, Finish, for models that cannot call tools.

The conversation is kept as native tool calls (see `agents.dialect`) and written out for each request. What a model has
written in this form itself is shown to it as it wrote it, up to where it is believed."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from llmspell.agents.dialect import Turn
from llmspell.agents.react_stream import ReactStream
from llmspell.agents.react_text import read_written
from llmspell.models.messages import Message, Text, ToolCall, assistant, user
from llmspell.models.protocol import ModelRequest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llmspell.agents.events import OnEvent
    from llmspell.agents.react_text import Written
    from llmspell.agents.toolbox import Toolbox
    from llmspell.models.messages import Value
    from llmspell.models.protocol import ModelResponse, ModelSettings

# Under this name a message keeps what the model wrote.
DIALECT = "react"
_STOP = "\nObservation:"
_MAX_STOPS = 4  # what the providers take
_FINISHES = frozenset({"finish", "final answer", "final_answer", "answer"})

_FORM = """You can use tools, one at a time:

{tools}

Write in exactly this form:

Thought: what you have to find out or to do next
Action: the name of one tool
Action Input: the tool's parameters, one JSON object

Then stop: you are given the tool's answer after "Observation:". Never write an observation yourself. Do this as often
as you need to. When you know the answer, write instead:

Thought: why this is the answer
Finish: {answer}"""

_MISTAKE = (
    "What you wrote has neither an action nor an answer. Write `Action:` with the name of a tool and `Action Input:` "
    "with a JSON object, or `Finish:` with your answer."
)


class ReactDialect:
    """A `dialect.Dialect`.

    Args:
        with_stop: Whether requests say where to stop. Models that call tools natively need not be told, and some of
            them refuse to be.
    """

    def __init__(
        self, toolbox: Toolbox, schema: Mapping[str, Value] | None, settings: ModelSettings, *, with_stop: bool = True
    ) -> None:
        self._toolbox = toolbox
        stops = (*settings.stop, _STOP)[:_MAX_STOPS] if with_stop else settings.stop
        self._settings = replace(settings, stop=stops)
        tools = "\n".join(
            f"{it.name}: {it.description}\n  parameters, by JSON Schema: {_json(it.schema)}"
            for it in toolbox.definitions
        )
        answer = "your answer, which the user sees"
        if schema is not None:
            answer = f"your answer, one JSON object that is valid by this JSON Schema: {_json(schema)}"
        self._form = _FORM.format(tools=tools, answer=answer)

    def system(self, prompt: str) -> str:
        return f"{prompt}\n\n{self._form}" if prompt else self._form

    def request(self, conversation: Sequence[Message], tool_choice: str) -> ModelRequest:
        messages = _written_out(conversation)
        if tool_choice != "auto":
            messages.append(user(_demand(tool_choice)))
        return ModelRequest(tuple(messages), settings=self._settings)

    def read(self, response: ModelResponse, number: int) -> Turn:
        text = response.message.text
        written = read_written(text)
        reasoning = response.message.reasoning
        thought = written.thought or reasoning
        answer = written.answer
        if written.action.lower() in _FINISHES and not self._toolbox.knows(written.action):
            answer = written.raw_input or _only_value(written.input)
        elif written.action:
            call = self._call(written, f"call_{number}")
            return Turn(_kept(written, written.thought, (call,), reasoning), (call,), thought)
        if answer is None:
            return Turn(
                _kept(written, written.kept, (), reasoning), thought=thought, text=text.strip(), mistake=_MISTAKE
            )
        return Turn(_kept(written, answer, (), reasoning), thought=thought, text=answer)

    def correction(self, sentence: str) -> Message:
        return user(f"{sentence}\nKeep to the form: Thought, then Action and Action Input, or Finish.")

    def watch(self, on_event: OnEvent, agent: str) -> ReactStream:
        return ReactStream(on_event, agent)

    def _call(self, written: Written, id: str) -> ToolCall:
        if written.input is not None:
            return ToolCall(id, written.action, written.input)
        parameter = self._toolbox.text_parameter(written.action)
        if not parameter or written.raw_input.startswith(("{", "[")):  # it was to be JSON
            return ToolCall(id, written.action, {}, written.raw_input)
        # There is only one thing that it can mean.
        return ToolCall(id, written.action, {parameter: _unquoted(written.raw_input)})


def _kept(written: Written, text: str, calls: tuple[ToolCall, ...], reasoning: str) -> Message:
    parts = (Text(text),) if text else ()
    return Message("assistant", parts, calls, reasoning=reasoning, opaque={DIALECT: written.kept or "(nothing)"})


def _written_out(conversation: Sequence[Message]) -> list[Message]:
    """The conversation without tool calls and tools' messages: as text."""
    messages: list[Message] = []
    follows_tool = False
    for it in conversation:
        if it.role == "tool":
            observation = f"Observation: {it.text}"
            # Answers of one turn belong together: some servers refuse two users' messages in a row.
            if follows_tool:
                observation = f"{messages.pop().text}\n{observation}"
            messages.append(user(observation, *(part for part in it.parts if not isinstance(part, Text))))
        elif it.role == "assistant":
            messages.append(assistant(_as_written(it)))
        else:
            messages.append(it)
        follows_tool = it.role == "tool"
    return messages


def _as_written(message: Message) -> str:
    kept = message.opaque.get(DIALECT)
    if isinstance(kept, str):
        return kept
    if not message.tool_calls:
        return f"Finish: {message.text}"
    thought = [f"Thought: {message.text}"] if message.text else []
    return "\n".join(
        [*thought, *(f"Action: {it.name}\nAction Input: {it.raw or _json(it.arguments)}" for it in message.tool_calls)]
    )


def _demand(tool_choice: str) -> str:
    match tool_choice:
        case "none":
            return "Do not use a tool now: finish."
        case "required":
            return "Use a tool now, before you finish."
        case _:
            return f"Use the tool {tool_choice} now."


def _only_value(found: Mapping[str, Value] | None) -> str:
    """The answer in `Action: finish`, `Action Input: {"answer": …}`."""
    if not found:
        return ""
    values = list(found.values())
    return values[0] if len(values) == 1 and isinstance(values[0], str) else _json(found)


def _unquoted(text: str) -> str:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return found if isinstance(found, str) else text


def _json(value: Value) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=repr)
