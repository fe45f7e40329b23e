"""Whatever a script hands to an agent, it gets an answer or an error that says what is wrong, never a bug of ours."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from llmspell.agents.fields import BY_SPELLING
from llmspell.errors import InternalError, LLMSpellError
from llmspell.globals.agent import AgentGlobal
from llmspell.globals.agent_builder import AgentBuilder
from llmspell.globals.agent_conversation import ConversationObject
from llmspell.globals.agent_object import AgentObject
from llmspell.interface.declare import method_table


async def function(*values: Any) -> Any:
    return values


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


VALUES: dict[str, Any] = {
    "nothing": None, "true": True, "zero": 0, "minus one": -1, "a fraction": 1.5, "nan": float("nan"),
    "infinity": float("inf"), "a big integer": 2**70, "an empty text": "", "a text": "x", "a nul": "a\0b",
    "a surrogate": "\udc80", "bytes": b"\xff\xfe", "an empty list": [], "a list": [1, None, "x"], "an empty table": {},
    "a table": {"a": 1}, "no key": {"": ""}, "an input": {"text": "x"}, "no messages": {"messages": []},
    "a message": {"role": "user", "content": [{"type": "image_url"}]}, "a function": function,
    "a tool": {"name": "t", "execute": function}, "functions": {"a": [function]}, "deep": nested(60),
    "a schema": {"type": 5}, "a model": {"scripted": 5}, "a picture": {"base64": 5}, "an id": "context-1",
}  # fmt: skip


def names(cls: Any) -> list[str]:
    """The methods of a class, without their other spellings."""
    return sorted({spec.name for spec, _ in method_table(cls).values()})


@pytest.fixture
def world(script: Any) -> Any:
    """A script with an agent, a composite and a context, and a way to call anything with anything."""
    agent = script.call("Agent", "create", name="ada", model="echo", memory="buffer", tools=["calculator"])
    team = script.call("Agent", "create_composite", "team", [agent, "ada"], "parallel")
    script.call("Agent", "create_context", {"a": 1})
    return script, agent, team


def refused(script: Any, calls: Iterator[tuple[Any, str, tuple[Any, ...]]]) -> list[str]:
    """What was answered by no answer and by no error of ours."""
    wrong = []

    async def main() -> int:
        n_calls = 0
        for target, method, args in calls:
            n_calls += 1
            try:
                found = await script.acall(target, method, *args)
                if hasattr(found, "aclose"):
                    found.aclose()
            except InternalError as error:
                wrong.append(f"{method}{args!r:.200}: {error}")
            except LLMSpellError as error:
                assert error.message and "\n" not in error.message[:1]
            except Exception as error:  # the very thing that is looked for
                wrong.append(f"{method}{args!r:.200}: {type(error).__name__}: {error}")
        return n_calls

    assert asyncio.run(main()) > 100
    return wrong


def placed(targets: list[Any], methods: list[str], more: list[Any]) -> Iterator[tuple[Any, str, tuple[Any, ...]]]:
    """Each value as the first argument of each method, and as the one after some that fit."""
    for target in targets:
        for method in methods:
            for value in (*VALUES.values(), *more):
                yield target, method, (value,)
                yield target, method, ("x", value)
                yield target, method, ("team", ["ada"], value)
                yield target, method, ("team", ["ada"], "vote", value)


def test_the_global_takes_anything(world: Any) -> None:
    script, agent, team = world
    assert refused(script, placed(["Agent"], names(AgentGlobal), [agent, team])) == []


def test_an_agent_and_a_composite_take_anything(world: Any) -> None:
    script, agent, team = world
    methods = [it for it in names(AgentObject) if it not in ("stop", "pause", "destroy")]
    assert refused(script, placed([agent, team], methods, [agent])) == []
    assert script.call(agent, "execute", "still there")["text"] == "still there"


def test_a_conversation_takes_anything(world: Any) -> None:
    script, agent, _ = world
    talk = script.call(agent, "conversation")
    assert refused(script, placed([talk], names(ConversationObject), [agent, talk])) == []


def test_a_builder_takes_anything(world: Any) -> None:
    script, agent, team = world

    def calls() -> Iterator[tuple[Any, str, tuple[Any, ...]]]:
        for method in names(AgentBuilder):
            for value in (*VALUES.values(), agent, team):
                builder = script._global("Agent").builder(None)
                yield builder, "model", ("echo",)
                yield builder, method, (value,)
                yield builder, "build", ()

    assert refused(script, calls()) == []


def test_every_field_takes_anything_for_good_and_for_once(world: Any) -> None:
    script, agent, team = world

    def calls() -> Iterator[tuple[Any, str, tuple[Any, ...]]]:
        for field in BY_SPELLING:
            for value in (*VALUES.values(), agent, team):
                yield "Agent", "create", ({"model": "echo", field: value},)
                yield agent, "execute", ({"text": "x", field: value},)

    assert refused(script, calls()) == []
