"""An agent that a script holds: what it is asked, what it keeps, and what several agents have not."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from llmspell.errors import AgentStopped, BadArgument, NotFound, PermissionDenied, ToolNotFound


def made(script: Any, name: str = "ada", **fields: Any) -> Any:
    return script.call("Agent", "create", **{"name": name, "model": "echo", **fields})


def teller(script: Any, name: str = "teller", **fields: Any) -> Any:
    """One that says its system prompt and all that was said to it."""
    turns = {"turns": ["{{system}}|{{said}}"], "repeat": "last"}
    return made(script, name, model={"scripted": turns}, **fields)


def text(script: Any, agent: Any, *args: Any, method: str = "execute", **options: Any) -> str:
    found: str = script.call(agent, method, *args, **options)["text"]
    return found


async def greet(params: Any) -> Any:
    return "hello " + params["who"]


@pytest.mark.parametrize(
    "asked",
    [
        ("hi",),
        ({"text": "hi"},),
        ({"prompt": "hi"},),
        ([{"role": "user", "content": "hi"}],),
        ({"messages": [{"role": "user", "content": "hi"}]},),
        (None, {"input": "hi"}),
        ({}, {"text": "hi"}),
    ],
)
def test_every_form_of_an_input_says_the_same(asked: tuple[Any, ...], script: Any) -> None:
    assert text(script, teller(script), *asked) == "|hi"


@pytest.mark.parametrize("asked", ["hi", {"text": "hi"}, [{"role": "user", "content": "hi"}]])
def test_options_count_beside_every_form(asked: Any, script: Any) -> None:
    agent = teller(script, system_prompt="Be kind.")
    assert text(script, agent, asked, {"system_prompt": "Be brief."}) == "Be brief.|hi"
    assert text(script, agent, asked, system_prompt="Be sure.") == "Be sure.|hi"
    assert text(script, agent, asked) == "Be kind.|hi"


@pytest.mark.parametrize("method", ["execute", "chat", "stream", "send"])
def test_tools_and_agents_may_be_given_for_once(method: str, script: Any) -> None:
    parameters = {"who": "string"}
    tool = script.call("Tool", "create", name="greet", description="d", execute=greet, parameters=parameters)
    made(script, "helper")
    agent = made(
        script,
        "boss",
        model={
            "scripted": {
                "turns": [
                    {"when": {"after_tool": True}, "text": "{{tool_results}}"},
                    {
                        "when": {"offers": "helper"},
                        "calls": [
                            {"tool": "greet", "arguments": {"who": "Ada"}},
                            {"tool": "helper", "arguments": {"input": "hi"}},
                        ],
                    },
                ],
                "default": "no tools",
            }
        },
    )
    target = script.call(agent, "conversation") if method == "send" else agent

    async def watch(event: Any) -> None:
        pass

    args = ("x", watch) if method == "stream" else ("x",)
    assert text(script, target, *args, method=method, tools=[tool, "helper"]) == "hello Ada\nhi"
    assert text(script, target, *args, method=method) == "no tools"


def test_what_is_no_plain_data_is_refused_by_its_name(script: Any) -> None:
    agent = made(script)
    for options, name in (({"context": {"f": greet}}, r"context\.f"), ({"model": agent}, "model")):
        with pytest.raises(BadArgument, match=f"{name} is an? .*, which is not plain data"):
            script.call(agent, "execute", "x", options)
    with pytest.raises(BadArgument, match=r"context\.f is a function"):
        script.call(agent, "execute_with_context", "x", {"f": greet})
    with pytest.raises(BadArgument, match="text must be text, not an AgentObject"):
        script.call(agent, "execute", {"text": agent})


def test_a_context_is_an_id_or_a_table_and_the_inputs_own_comes_first(script: Any) -> None:
    agent = teller(script)
    id = script.call("Agent", "create_context", {"who": "Ada", "n": 1})
    assert '"who": "Ada"' in text(script, agent, "x", id, method="execute_with_context")
    shown = text(script, agent, {"text": "x", "context": {"who": "Bea"}}, id, method="execute_with_context")
    assert '"who": "Bea"' in shown and '"n": 1' in shown
    with pytest.raises(NotFound, match="context-7"):
        script.call(agent, "execute_with_context", "x", "context-7")
    with pytest.raises(BadArgument, match="an id from Agent.create_context, or a table"):
        script.call(agent, "execute_with_context", "x", 5)


def test_a_file_needs_the_right_to_read_it(make_script: Any, tmp_path: Any) -> None:
    (tmp_path / "note.txt").write_text("note", "utf-8")
    asked = {"text": "x", "files": [{"path": str(tmp_path / "note.txt")}]}
    allowed = make_script("read:.")
    assert "[document, note.txt" in text(allowed, made(allowed), asked)
    denied = make_script(deny=("read:*",))
    with pytest.raises(PermissionDenied, match="note.txt"):
        denied.call(made(denied), "execute", asked)


def test_a_model_that_is_denied_is_not_asked(make_script: Any) -> None:
    script = make_script(deny=("model:echo/*",))
    with pytest.raises(PermissionDenied, match="echo/echo"):
        script.call(made(script), "execute", "x")
    assert text(script, teller(script), "x") == "|x"


def test_chat_and_conversations_remember_each_for_itself(script: Any) -> None:
    agent = teller(script)
    assert [text(script, agent, it, method="chat") for it in ("a", "b")] == ["|a", "|a\nb"]
    talk = script.call(agent, "conversation")
    assert text(script, talk, "c", method="send") == "|c"
    fork = script.call(talk, "fork")
    assert text(script, fork, "d", method="send") == "|c\nd"
    assert [it["role"] for it in script.call(talk, "history")] == ["user", "assistant"]
    script.call(talk, "clear")
    assert script.call(talk, "history") == [] and len(script.call(fork, "history")) == 4
    script.call(agent, "forget")
    assert text(script, agent, "e", method="chat") == "|e"
    assert text(script, agent, "f") == "|f"


def test_a_saved_conversation_is_found_again_and_another_name_begins_anew(script: Any) -> None:
    agent = teller(script, "keeper")
    talk = script.call(agent, "conversation", "support")
    text(script, talk, "a", method="send")
    assert script.call(agent, "conversations") == []
    script.call(talk, "save")
    again = script.call(agent, "conversation", "support")
    assert text(script, again, "b", method="send") == "|a\nb"
    assert text(script, script.call(agent, "conversation", "suport"), "b", method="send") == "|b"
    assert script.call(agent, "conversations") == ["support"]


def test_a_conversation_without_a_name_is_saved_under_one_and_then_has_it(script: Any) -> None:
    agent = teller(script, "keeper")
    talk = script.call(agent, "conversation")
    text(script, talk, "a", method="send")
    with pytest.raises(BadArgument, match="no name yet"):
        script.call(talk, "save")
    script.call(talk, "save", "one")
    text(script, talk, "b", method="send")
    script.call(talk, "save")
    assert len(script.call(script.call(agent, "conversation", "one"), "history")) == 4
    with pytest.raises(BadArgument, match="no name yet"):
        script.call(script.call(talk, "fork"), "save")


def test_an_agent_whose_name_was_made_up_keeps_nothing(script: Any) -> None:
    agent = script.call("Agent", "create", model="echo")
    talk = script.call(agent, "conversation")
    for target, method, args in (
        (talk, "save", ("x",)),
        (agent, "conversation", ("x",)),
        (agent, "conversations", ()),
        (agent, "save_state", ()),
        (agent, "load_state", ()),
        (agent, "delete_state", ()),
    ):
        with pytest.raises(BadArgument, match="name the agent first"):
            script.call(target, method, *args)


def test_a_handoff_takes_an_agent_or_its_name(script: Any) -> None:
    first = teller(script, "first", memory="buffer")
    text(script, first, "my name is Ada")
    made(script, "second")
    for other in (script.call("Agent", "get", "second"), "second"):
        talk = script.call(first, "handoff", other, {"mood": "calm"})
        assert "mood" in str(script.call(talk, "history"))
    with pytest.raises(BadArgument, match="the one who takes over must be an agent"):
        script.call(first, "handoff", 5)


def test_values_go_with_an_agent_and_are_kept_for_later_runs(script: Any) -> None:
    agent = teller(script, memory="buffer")
    script.call(agent, "set_state", "n", 1)
    script.call(agent, "set_state", {"list": [1, 2], "gone": True})
    script.call(agent, "set_state", "gone")
    assert script.call(agent, "get_state") == {"status": "ready", "messages": 0, "n": 1, "list": [1, 2]}
    text(script, agent, "a")
    script.call(agent, "save_state", "mine")
    script.call(agent, "set_state", "n", 2)
    script.call(agent, "forget")
    assert script.call(agent, "load_state", "mine") is True
    assert (script.call(agent, "get_state", "n"), text(script, agent, "b")) == (1, "|a\nb")
    assert script.call(agent, "load_state", "other") is False
    assert [script.call(agent, "delete_state", "mine") for _ in range(2)] == [True, False]


@pytest.mark.parametrize("wrong", [("x", greet), (5, 1), ("", 1), ({"a": greet}, None)])
def test_a_state_is_names_and_plain_data(wrong: tuple[Any, Any], script: Any) -> None:
    agent = made(script)
    with pytest.raises(BadArgument):
        script.call(agent, "set_state", *wrong)
    assert script.call(agent, "get_state") == {"status": "ready", "messages": 0}


def test_one_that_is_paused_refuses_until_it_goes_on(script: Any) -> None:
    agent = made(script)
    script.call(agent, "pause")
    with pytest.raises(AgentStopped, match="paused"):
        script.call(agent, "execute", "x")
    assert script.call(agent, "is_healthy") is False
    script.call(agent, "resume")
    assert text(script, agent, "x") == "x" and script.call(agent, "get_health")["healthy"] is True
    script.call(agent, "stop")
    with pytest.raises(AgentStopped, match="stopped"):
        script.call(agent, "execute", "x")


def test_a_tool_that_an_agent_has_not_is_named_with_those_it_has(script: Any) -> None:
    agent = made(script, tools=["calculator"])
    with pytest.raises(ToolNotFound) as found:
        script.call(agent, "invoke_tool", "url-analyzer", {})
    assert found.value.hint == "there are calculator"
    with pytest.raises(ToolNotFound) as found:
        script.call(made(script, "bare"), "invoke_tool", "calculator", {})
    assert found.value.hint == "the agent has no tools"


@pytest.mark.parametrize(
    "method",
    [
        "get_metrics",
        "get_health",
        "is_healthy",
        "get_last_error",
        "pause",
        "resume",
        "stop",
        "forget",
        "discover_tools",
    ],
)
def test_several_agents_that_work_together_have_nothing_of_one_agent(method: str, script: Any) -> None:
    made(script, "one")
    team = script.call("Agent", "create_composite", "team", ["one"], "sequential")
    with pytest.raises(BadArgument, match="team is several agents that work together: it has no "):
        script.call(team, method)
    script.call(script.call("Agent", "get", "one"), method)


def test_they_can_be_asked_talked_to_and_made_tools_of(script: Any) -> None:
    made(script, "one")
    team = script.call("Agent", "create_composite", "team", ["one", "one"], "sequential")
    assert text(script, team, "x") == "x"
    assert text(script, script.call(team, "conversation"), "y", method="send") == "y"
    assert script.call("Tool", "execute", script.call(team, "as_tool").name, {"input": "z"})["text"] == "z"
    script.call(team, "destroy")
    assert script.call("Agent", "exists", "team") is False


def test_executions_at_the_same_time_do_not_disturb_each_other(script: Any) -> None:
    agent = teller(script)

    async def main() -> list[str]:
        asked = (script.acall(agent, "execute", f"n{i}") for i in range(20))
        return [it["text"] for it in await asyncio.gather(*asked)]

    assert asyncio.run(main()) == [f"|n{i}" for i in range(20)]
