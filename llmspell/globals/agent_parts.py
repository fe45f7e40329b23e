"""What a script hands over where an agent is made: its host objects as the agents and tools that they stand for."""

from __future__ import annotations

from collections.abc import Mapping

from llmspell.agents.protocol import Runnable
from llmspell.errors import BadArgument
from llmspell.globals.tool import ToolObject, called_in_place
from llmspell.tools.protocol import Value
from llmspell.tools.script_tool import script_tool


class AgentHandle:
    """An object of a script's that stands for something that can be run like an agent."""

    def __init__(self, runnable: Runnable) -> None:
        self.runnable = runnable


def unwrapped(value: Value) -> Value:
    """A value with the script's agents and tools replaced by what they stand for, however deep they are.

    A table with a `name` and a function `execute` is a tool that only this agent has."""
    match value:
        case AgentHandle():
            return value.runnable
        case ToolObject():
            return value.found
        case list():
            return [unwrapped(it) for it in value]
        case {"execute": execute, "name": name} if callable(execute):
            parameters = value.get("parameters", value.get("schema"))
            return script_tool(name, value.get("description"), parameters, called_in_place(execute))
        case Mapping():
            return {key: unwrapped(it) for key, it in value.items()}
        case _:
            return value


def merged(input: Value, options: dict[str, Value] | None) -> Value:
    """An input and the keys beside it as one. A list is messages."""
    match input:
        case list():
            return {"messages": input, **(options or {})}
        case _ if not options:
            return input
        case None:
            return options
        case Mapping():
            return {**input, **options}
        case _:
            return {"text": input, **options}


def texts_of(value: Value, where: str) -> str | list[str]:
    """A text or a list of texts, as it was given; empty for nothing.

    Raises:
        BadArgument: It is neither.
    """
    if value is None:
        return ""
    if isinstance(value, str) or (isinstance(value, list) and all(isinstance(it, str) for it in value)):
        return value
    raise BadArgument(f"{where} is a text, or a list of texts")
