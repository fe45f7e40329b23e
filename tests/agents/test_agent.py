"""What is around the loop: memory, limits, budgets, permissions, numbers, and the entry in the journal."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import jumping_clock
import pytest
from played_agents import SUM, Stage, play

from llmspell.agents.agent import Agent
from llmspell.agents.history import HoldsConversation
from llmspell.agents.protocol import AgentInput
from llmspell.agents.result import AgentResult
from llmspell.effects.context import library_context
from llmspell.errors import (
    AgentStopped,
    BadArgument,
    BudgetExceeded,
    ConfigError,
    ModelNotFound,
    PermissionDenied,
    ProviderError,
    TimedOut,
    ToolFailed,
    ToolNotFound,
)
from llmspell.models.messages import assistant, system, user

USED = {"usage": {"input_tokens": 10, "output_tokens": 5}}
DOWN = {"error": {"kind": "server", "message": "out of order"}}


def asked(*said: Any, context: dict[str, Any] | None = None, **overrides: Any) -> AgentInput:
    messages = tuple(user(it) if isinstance(it, str) else it for it in said)
    return AgentInput(messages, overrides, context or {})


def roles_and_texts(request: Any) -> list[tuple[str, str]]:
    return [(it.role, it.text) for it in request.messages]


def test_names_are_checked_when_an_agent_is_made_and_nothing_is_sent() -> None:
    stage = Stage()
    with pytest.raises(ToolNotFound):
        stage.agent("echo", tools=["calculater"])
    with pytest.raises(ModelNotFound):
        stage.agent("opnai/gpt-5-mini")
    with pytest.raises(ConfigError):
        stage.agent([{"txet": "?"}])
    with pytest.raises(BadArgument, match="cannot call tools"):
        stage.agent({"tools": False, "turns": [{"text": "x"}]}, tools=["calculator"], mode="native")
    agent = stage.agent("openai/gpt-5-mini", tools=["calculator"])  # whose key nobody has
    assert (agent.model, agent.tools, agent.name) == ("openai/gpt-5-mini", ("calculator",), "ada")
    assert stage.run.n_effects == 0


def test_each_agent_has_an_id_of_its_own_and_can_go_on_with_a_conversation() -> None:
    stage = Stage()
    one, other = stage.agent("echo", name="Ada L."), stage.agent("echo", name="Ada L.")
    assert one.id.startswith("ada-l-") and one.id != other.id
    assert isinstance(one, HoldsConversation)


def test_without_a_memory_each_execution_stands_alone() -> None:
    _, stage = play([{"text": "a1"}, {"text": "a2"}], "q1", "q2")
    assert roles_and_texts(stage.requests[1]) == [("user", "q2")]


def test_with_a_memory_an_agent_goes_on_where_it_ended() -> None:
    _, stage = play([SUM, {"text": "a1"}, {"text": "a2"}], "q1", "q2", memory=True, tools=["calculator"], system="S")
    assert [it.role for it in stage.requests[2].messages] == [
        "system",
        "user",
        "assistant",
        "tool",
        "assistant",
        "user",
    ]
    assert stage.requests[2].messages[-1].text == "q2"


def test_an_execution_that_fails_is_not_remembered() -> None:
    async def main() -> None:
        stage = Stage()
        agent = stage.agent([SUM, {"error": {"kind": "bad_request", "message": "no"}}, {"text": "a2"}],
                            memory=True, tools=["calculator"])  # fmt: skip
        with pytest.raises(ProviderError):
            await stage.ask(agent, "q1")
        await stage.ask(agent, "q2")
        assert roles_and_texts(stage.requests[-1]) == [("user", "q2")]

    asyncio.run(main())


def test_executions_at_the_same_time_add_their_turns_whole() -> None:
    async def main() -> None:
        stage = Stage()
        agent = stage.agent("echo", memory=True)
        await asyncio.gather(*(stage.ask(agent, f"q{it}") for it in range(20)))
        said = agent.memory.messages()
        assert len(said) == 40
        for question, answer in zip(said[::2], said[1::2], strict=True):
            assert (question.role, answer.role, question.text) == ("user", "assistant", answer.text)

    asyncio.run(main())


def test_a_memory_that_is_too_long_is_summed_up_by_the_model_in_an_effect_of_its_own() -> None:
    async def main() -> None:
        stage = Stage()
        turns = [
            {"text": "a1", **USED},
            {"text": "a2", **USED},
            {"text": "They asked twice.", **USED},
            {"text": "a3", **USED},
        ]
        agent = stage.agent(turns, memory={"type": "summary", "max_tokens": 100}, stop="x")
        await stage.ask(agent, f"q1 {'x' * 300}")
        await stage.ask(agent, f"q2 {'x' * 300}")
        result = await stage.ask(agent, "q3")
        assert result.text == "a3" and result.usage.input_tokens == 20
        summing, asking = stage.requests[2:]
        assert "user: q1" in summing.messages[-1].text and summing.settings.stop == ()
        assert asking.messages[0].role == "system" and "They asked twice." in asking.messages[0].text
        assert [it.text[:2] for it in asking.messages[1:]] == ["q2", "a2", "q3"]
        assert ("0:3/memory/1", "model", "scripted/table") in stage.entries()
        assert [it.text for it in result.messages] == ["q3", "a3"]

    asyncio.run(main())


def test_with_a_history_of_its_callers_it_uses_that_and_remembers_nothing() -> None:
    async def main() -> None:
        stage = Stage()
        agent = stage.agent("echo", memory=True)
        await stage.ask(agent, "remembered")
        history = [user("q"), assistant("a")]
        result = await agent.execute_with(stage.context, history, asked("next"))
        assert roles_and_texts(stage.requests[-1]) == [("user", "q"), ("assistant", "a"), ("user", "next")]
        assert len(agent.memory) == 2
        assert [it.text for it in result.messages] == ["next", "next"]
        agent.forget()
        agent.remember(history)
        await stage.ask(agent, "again")
        assert [it.text for it in stage.requests[-1].messages] == ["q", "a", "again"]

    asyncio.run(main())


def test_what_systems_say_stands_first_and_counts_for_once() -> None:
    async def main() -> None:
        stage = Stage()
        agent = stage.agent("echo", memory=True, system="Be brief.")
        await agent.execute(stage.context, asked("q0", system("Speak French."), "q1"))
        assert roles_and_texts(stage.requests[0]) == [
            ("system", "Be brief."),
            ("system", "Speak French."),
            ("user", "q0"),
            ("user", "q1"),
        ]
        assert [it.text for it in agent.memory.messages()] == ["q0", "q1", "q1"]

    asyncio.run(main())


def test_shared_data_is_shown_as_data() -> None:
    async def main() -> None:
        stage = Stage()
        await stage.agent("echo", system="Be brief.").execute(stage.context, asked("q", context={"order": 7}))
        prompt = stage.requests[0].messages[0].text
        assert prompt.startswith("Be brief.\n\n") and '"order": 7' in prompt and "not instructions" in prompt
        await stage.agent("echo").execute(stage.context, asked("q", context={"order": 7}))
        assert '"order": 7' in stage.requests[1].messages[0].text

    asyncio.run(main())


def test_an_override_counts_for_one_execution() -> None:
    async def main() -> None:
        stage = Stage()
        agent = stage.agent("echo", temperature=0.5, system="Be brief.")
        result = await stage.ask(agent, temperature=1, system_prompt="Be long.", model={"scripted": [{"text": "42"}]})
        assert (result.text, result.model) == ("42", "scripted/table")
        await stage.ask(agent)
        assert [it.settings.temperature for it in stage.requests] == [1.0, 0.5]
        assert [it.messages[0].text for it in stage.requests] == ["Be long.", "Be brief."]
        with pytest.raises(BadArgument, match="memory"):
            await stage.ask(agent, memory=True)

    asyncio.run(main())


def test_an_override_that_names_no_model_asks_the_agents_own_which_goes_on_with_its_turns() -> None:
    async def main() -> None:
        stage = Stage()
        agent = stage.agent([{"text": "first"}, {"text": "second"}, {"text": "third"}])
        answers = [await stage.ask(agent), await stage.ask(agent, temperature=1), await stage.ask(agent)]
        assert [it.text for it in answers] == ["first", "second", "third"]
        another = await stage.ask(agent, model={"scripted": [{"text": "another"}]})
        assert another.text == "another"

    asyncio.run(main())


def test_when_a_model_fails_for_good_the_next_one_answers() -> None:
    async def main() -> None:
        stage = Stage()
        result = await stage.ask(stage.agent([DOWN], fallback=["echo"], retries=0), "hello")
        assert (result.text, result.model) == ("hello", "echo/echo")
        with pytest.raises(ProviderError):
            await stage.ask(stage.agent([DOWN], retries=0), "hello")

    asyncio.run(main())


def test_a_fallback_that_cannot_call_tools_makes_it_speak_in_words_from_the_beginning() -> None:
    stage = Stage()
    agent = replace(stage.agent("echo").spec, tools=("calculator",))
    assert type(Agent(agent, stage.services)._plan.dialect).__name__ == "NativeDialect"
    script = {"tools": False, "turns": [{"text": "x"}]}
    agent = replace(agent, model={"scripted": script})
    assert type(Agent(agent, stage.services)._plan.dialect).__name__ == "ReactDialect"


def test_an_execution_that_takes_too_long_is_ended_and_says_what_was_done() -> None:
    async def main() -> None:
        stage = Stage()
        ended: list[bool] = []

        async def wait(_: Any) -> None:
            try:
                await asyncio.Event().wait()
            finally:
                ended.append(True)

        stage.tool("wait", wait)
        agent = stage.agent([{"tool": "wait", "text": "I wait."}, {"text": "done"}], tools=["wait"], timeout_s=5)
        with pytest.raises(TimedOut) as caught:
            await stage.ask(agent, watched=True)
        assert caught.value.details["text"] == "I wait." and ended == [True]
        assert stage.events[-1].kind == "error"
        result = await stage.ask(stage.agent([SUM, {"text": "42"}], tools=["calculator"], timeout_s=60))
        assert result.text == "42"

    jumping_clock.run(main())


def test_a_timeout_of_something_inside_is_not_the_agents() -> None:
    async def main() -> None:
        stage = Stage()

        async def wait(_: Any) -> None:
            async with asyncio.timeout(0):
                await asyncio.Event().wait()

        stage.tool("wait", wait)
        with pytest.raises(TimeoutError):
            await stage.ask(stage.agent([{"tool": "wait"}], tools=["wait"], timeout_s=60))

    asyncio.run(main())


def test_a_budget_in_tokens_ends_the_agent_with_what_was_done() -> None:
    async def main() -> None:
        stage = Stage()
        agent = stage.agent(
            [{**SUM, **USED}, {"text": "42", **USED}] * 2, tools=["calculator"], budget={"tokens": 1000}
        )
        assert (await stage.ask(agent)).text == "42"
        assert (await agent.budget.spent()).tokens == 30
        agent = stage.agent(
            [{**SUM, "usage": {"input_tokens": 900, "output_tokens": 90}}, {"text": "42"}],
            tools=["calculator"],
            budget={"tokens": 1000},
        )
        with pytest.raises(BudgetExceeded) as caught:
            await stage.ask(agent)
        assert caught.value.exit_code == 79
        assert caught.value.details["scope"] == "agent"
        assert [it["action"] for it in caught.value.details["steps"]] == ["calculator"]

    asyncio.run(main())


def test_an_agent_pays_for_its_helpers_from_its_own_budget() -> None:
    async def main() -> None:
        stage = Stage()
        helper = stage.agent([{"text": "42", **USED}, {"text": "43", **USED}], name="helper")
        ask = {"tool": "helper", "arguments": {"input": "6 * 7"}, **USED}
        ask_more = {"tool": "helper", "arguments": {"input": "more " * 2000}, **USED}
        turns = [ask, ask_more, {"text": "done", **USED}]
        with pytest.raises(BudgetExceeded) as caught:
            await stage.ask(stage.agent(turns, tools=[helper], budget={"tokens": 1000}))
        assert caught.value.details["agent"] == "ada"
        assert caught.value.details["usage"]["input_tokens"] == 30
        assert [it["action"] for it in caught.value.details["steps"]] == ["helper"]
        assert (await stage.ask(stage.agent(turns, tools=[helper]))).text == "done"

    asyncio.run(main())


def test_a_model_that_is_not_granted_is_refused_and_one_that_is_answers() -> None:
    result, _ = play([{"text": "hi"}], allow=("model:scripted/*",))
    assert result.text == "hi"
    with pytest.raises(PermissionDenied, match="agent ada needs the model scripted/table"):
        play([{"text": "hi"}], allow=("model:openai/*",))


def test_a_key_of_the_scripts_own_is_refused_unless_everything_is_allowed() -> None:
    with pytest.raises(PermissionDenied, match="api_key"):
        play("echo", allow=("model:*",), api_key="k")
    assert play("echo", "hi", api_key="k")[0].text == "hi"


def test_headers_of_the_scripts_own_go_to_its_own_server_only_unless_everything_is_allowed() -> None:
    headers = {"x-portkey-custom-host": "https://evil.example"}
    with pytest.raises(PermissionDenied, match="headers for a provider of the settings"):
        play("echo", allow=("model:*",), headers=headers)
    with pytest.raises(PermissionDenied, match=r"127\.0\.0\.1:9"):  # what is asked next
        play("gpt", allow=("model:*",), headers=headers, base_url="http://127.0.0.1:9/v1")
    assert play("echo", "hi", headers=headers)[0].text == "hi"


def test_a_server_of_the_scripts_own_needs_a_grant_of_its_address() -> None:
    fields = {"base_url": "http://127.0.0.1:9/v1", "retries": 0}
    with pytest.raises(PermissionDenied, match=r"127\.0\.0\.1:9"):
        play("gpt", allow=("model:*",), **fields)
    with pytest.raises(ProviderError):
        play("gpt", allow=("model:*", "net:127.0.0.1:9"), **fields)


def test_a_paused_agent_refuses_until_it_is_resumed() -> None:
    async def main() -> None:
        stage = Stage()
        agent = stage.agent("echo")
        agent.pause()
        with pytest.raises(AgentStopped) as caught:
            await stage.ask(agent)
        assert (caught.value.details["reason"], agent.status) == ("paused", "paused")
        assert not agent.health()["healthy"]
        agent.resume()
        assert (await stage.ask(agent, "hi")).text == "hi"
        agent.stop()
        with pytest.raises(AgentStopped, match="is stopped"):
            await stage.ask(agent)

    asyncio.run(main())


def test_what_it_did_is_counted_and_its_last_error_kept() -> None:
    async def main() -> None:
        stage = Stage()
        agent = stage.agent([{"text": "a", **USED, "cost_usd": 0.5}, DOWN, {"text": "b", **USED}], retries=0)
        await stage.ask(agent)
        assert agent.health() == {"status": "ready", "healthy": True, "last_error": None}
        with pytest.raises(ProviderError):
            await stage.ask(agent)
        assert not agent.health()["healthy"]
        await stage.ask(agent)
        found = agent.metrics.to_value()
        assert (found["executions"], found["failures"], found["total_tokens"], found["cost_usd"]) == (3, 1, 30, 0.5)
        assert found["last_error"]["code"] == "provider_error"
        assert agent.health()["healthy"] and found["average_ms"] > 0

    asyncio.run(main())


def test_a_result_survives_as_plain_data() -> None:
    result, stage = play(
        [{**SUM, "reasoning": "hm"}, {"data": {"sum": 42}}], tools=["calculator"], schema={"sum": "integer"}
    )
    assert AgentResult.from_value(result.to_value()) == result
    entry = next(it for it in stage.journal.entries(stage.run.run_id) if it.target == "agent")
    assert AgentResult.from_value(entry.result) == result


def test_its_tools_can_be_run_without_its_model() -> None:
    async def main() -> None:
        stage = Stage()
        helper = stage.agent("echo", name="helper")
        agent = stage.agent("echo", tools=["calculator", helper])
        assert (await agent.run_tool(stage.context, "calculator", {"input": "6 * 7"})).result == 42
        assert (await agent.run_tool(stage.context, "helper", {"input": "hi"})).text == "hi"
        with pytest.raises(ToolNotFound):
            await agent.run_tool(stage.context, "json-processor", {})
        with pytest.raises(ToolFailed):
            await agent.run_tool(stage.context, "calculator", {"input": "1 / 0"})

    asyncio.run(main())


def test_it_is_used_without_a_run_as_well() -> None:
    async def main() -> None:
        agent = Stage().agent([SUM, {"text": "42"}], tools=["calculator"])
        result = await agent.execute(library_context(), asked("What is 6 * 7?"))
        assert result.text == "42"

    asyncio.run(main())


def test_a_question_of_ten_megabytes_is_asked() -> None:
    result, _ = play("echo", "x" * 10_000_000)
    assert len(result.text) == 10_000_000


def test_a_hundred_executions_wait_at_the_same_time() -> None:
    async def main() -> None:
        stage = Stage()
        waiting = 0
        all_wait = asyncio.Event()

        async def wait(_: Any) -> str:
            nonlocal waiting
            waiting += 1
            if waiting == 100:
                all_wait.set()
            await all_wait.wait()
            return "ok"

        stage.tool("wait", wait)
        turns = {"turns": [{"tool": "wait", "when": {"after_tool": False}, "times": 100}], "default": {"text": "done"}}
        agent = stage.agent(turns, tools=["wait"])
        results = await asyncio.gather(*(stage.ask(agent) for _ in range(100)))
        assert {it.text for it in results} == {"done"}

    asyncio.run(main())
