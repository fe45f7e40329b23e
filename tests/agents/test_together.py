"""Real agents together: supervisors, hand-offs, composites and the agents that composites make for themselves."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from played_agents import SUM, Stage, made_tool

from llmspell.agents.as_tool import MAX_DEPTH, as_tool
from llmspell.agents.composite_options import options_from
from llmspell.agents.composites import create_composite
from llmspell.errors import AgentStopped, BadArgument, BudgetExceeded, ConfigError, ModelNotFound


def asks(*names: str) -> dict[str, Any]:
    """A turn that asks agents at the same time."""
    return {"calls": [{"tool": it, "arguments": {"input": f"do {it}"}} for it in names]}


def test_a_supervisor_asks_its_workers_at_the_same_time_and_pays_for_them() -> None:
    async def main() -> None:
        stage = Stage()
        both = asyncio.Barrier(2)

        async def wait(params: Any) -> str:
            await both.wait()
            return "met"

        tool = made_tool("wait", wait)
        workers = [
            stage.agent([{"tool": "wait"}, {"text": f"{it} done"}], name=it, tools=[tool])
            for it in ("finder", "writer")
        ]
        lead = stage.agent([asks("finder", "writer"), {"text": "All done."}], name="lead", tools=workers)
        result = await stage.ask(lead, watched=True)
        assert result.text == "All done."
        assert [(it.kind, it.action, it.observation) for it in result.steps] == [
            ("tool", "finder", "finder done"),
            ("tool", "writer", "writer done"),
            ("model", "", "All done."),
        ]
        assert result.usage == stage.run.usage
        assert {it.agent for it in stage.events} == {"lead", "finder", "writer"}
        assert [it.agent for it in stage.events if it.kind == "done"] == ["lead"]
        agents = [key for key, target, _ in stage.entries() if target == "agent"]
        assert agents == ["0:1", "0:1/step1/call1/1/1", "0:1/step1/call2/1/1"]

    asyncio.run(main())


def test_a_worker_that_fails_is_an_observation_and_the_supervisor_goes_on() -> None:
    async def main() -> None:
        stage = Stage()
        worker = stage.agent([SUM, SUM, SUM], name="worker", tools=["calculator"], max_steps=2)
        lead = stage.agent([asks("worker"), {"text": "Without it."}], name="lead", tools=[worker])
        result = await stage.ask(lead)
        assert result.text == "Without it."
        assert "has asked its model 2 times" in str(result.steps[0].error)
        assert result.usage == stage.run.usage

    asyncio.run(main())


def test_a_supervisors_budget_holds_for_its_workers() -> None:
    async def main() -> None:
        stage = Stage()
        spends = {"text": "x", "usage": {"input_tokens": 1900, "output_tokens": 100}}
        worker = stage.agent([spends, {"text": "y"}], name="worker")
        turns = [asks("worker"), asks("worker"), {"text": "never"}]
        lead = stage.agent(turns, name="lead", tools=[worker], budget={"tokens": 1500})
        with pytest.raises(BudgetExceeded, match="lead"):
            await stage.ask(lead)
        assert len([it for it in stage.requests if it.messages[0].text == "do worker"]) == 1

    asyncio.run(main())


def test_an_agent_that_reaches_itself_by_the_name_of_a_tool_is_stopped() -> None:
    async def main() -> None:
        stage = Stage()

        class Later:
            """Stands for the agent until it is made."""

            name, description = "loop", ""

            async def execute(self, *args: Any, **more: Any) -> Any:
                return await agent.execute(*args, **more)

        stage.tools.register(as_tool(Later()))  # type: ignore[arg-type]  # a test's own
        turns = [{"when": {"after_tool": True}, "text": "{{last_tool_result}}"}, asks("loop") | {"times": 100}]
        agent = stage.agent(turns, name="loop", tools=["loop"])
        result = await stage.ask(agent)
        assert "too deep" in result.text
        executions = [key for key, target, _ in stage.entries() if target == "agent"]
        assert len(executions) == MAX_DEPTH

    asyncio.run(main())


def transfer(name: str) -> dict[str, Any]:
    return {"tool": f"transfer_to_{name}", "arguments": {"reason": f"for {name}"}}


def test_a_conversation_that_is_handed_on_is_answered_and_paid_once() -> None:
    async def main() -> None:
        stage = Stage()
        third = stage.agent([{"text": "Third."}], name="third")
        second = stage.agent([transfer("third")], name="second", handoffs=[third])
        first = stage.agent([SUM, transfer("second")], name="first", tools=["calculator"], handoffs=[second])
        result = await stage.ask(first, watched=True)
        assert (result.text, result.agent) == ("Third.", "third")
        assert [(it.kind, it.action) for it in result.steps] == [
            ("tool", "calculator"),
            ("handoff", "second"),
            ("handoff", "third"),
            ("model", ""),
        ]
        assert result.usage == stage.run.usage and result.cost_usd == stage.run.cost_usd
        assert [it.agent for it in stage.events if it.kind == "done"] == ["first"]
        shown = stage.requests[-1].messages
        assert not any(it.tool_calls or it.role == "tool" for it in shown)
        assert any('"answer": "42"' in it.text for it in shown)

    asyncio.run(main())


def test_a_conversation_that_is_passed_around_is_stopped() -> None:
    async def main() -> None:
        stage = Stage()
        made: dict[str, Any] = {}

        class Later:
            name, description = "a", ""

            async def execute_with(self, *args: Any, **more: Any) -> Any:
                return await made["a"].execute_with(*args, **more)

            async def execute(self, *args: Any, **more: Any) -> Any:
                return await made["a"].execute(*args, **more)

        b = stage.agent([transfer("a") | {"times": 100}], name="b", handoffs=[Later()])
        made["a"] = stage.agent([transfer("b") | {"times": 100}], name="a", handoffs=[b])
        with pytest.raises(AgentStopped) as caught:
            await stage.ask(made["a"])
        assert caught.value.details["reason"] == "max_handoffs"

    asyncio.run(main())


def test_a_composite_of_agents_is_a_tool_of_another() -> None:
    async def main() -> None:
        stage = Stage()
        line = create_composite("line", [stage.agent("echo", name="a"), stage.agent("echo", name="b")], "sequential")
        lead = stage.agent([asks("line"), {"text": "{{last_tool_result}}!"}], name="lead", tools=[line])
        result = await stage.ask(lead, watched=True)
        assert result.text == "do line!"
        assert result.usage == stage.run.usage
        assert [it.agent for it in stage.events if it.kind == "done"] == ["lead"]

    asyncio.run(main())


def test_a_failure_stops_agents_that_are_waiting_for_their_models() -> None:
    async def main() -> None:
        stage = Stage()
        waiting = asyncio.Event()

        async def wait(params: Any) -> str:
            waiting.set()
            await asyncio.Event().wait()
            return "never"

        async def fail(params: Any) -> str:
            await waiting.wait()
            raise AgentStopped("enough")

        slow = stage.agent([{"tool": "wait"}], name="slow", tools=[made_tool("wait", wait)])
        bad = stage.agent([{"tool": "no"}], name="bad", tools=[made_tool("no", fail)], max_steps=1)
        with pytest.raises(AgentStopped):
            await stage.ask(create_composite("both", [slow, bad], "parallel"))
        assert len(asyncio.all_tasks()) == 1
        entries = {it.method: it for it in stage.journal.entries(stage.run.run_id)}
        assert entries["slow"].error is not None and entries["slow"].error["code"] == "cancelled"

    asyncio.run(main())


def test_votes_with_choices_are_asked_of_models_as_data() -> None:
    async def main() -> None:
        stage = Stage()
        members = [stage.agent([{"data": {"choice": it}}], name=it) for it in ("yes", "no", "no")]
        made = create_composite("panel", members, "vote", options_from("vote", {"choices": ["yes", "no"]}))
        result = await stage.ask(made)
        assert (result.data["choice"], result.metadata["tie"]) == ("no", False)

    asyncio.run(main())


def test_a_model_may_be_the_router() -> None:
    async def main() -> None:
        stage = Stage()
        members = [stage.agent("echo", name="poet", description="Writes poems"), stage.agent("echo", name="cook")]
        router = {"scripted": [{"when": {"system": "you route requests"}, "data": {"agent": "poet"}}]}
        options = options_from("route", {"router": router}, services=stage.services)
        result = await stage.ask(create_composite("desk", members, "route", options), "A poem!")
        assert (result.text, result.metadata["chosen"]) == ("A poem!", "poet")
        asked = stage.requests[0]
        assert "- poet: Writes poems" in asked.messages[-1].text and asked.schema is not None

    asyncio.run(main())


def test_a_route_without_a_router_has_one_with_its_first_agents_model() -> None:
    stage = Stage()
    line = create_composite("line", [stage.agent("echo", name="x")], "sequential")
    made = options_from("route", {}, services=stage.services, members=[line, stage.agent("echo")])
    assert (made.router.name, made.router.model) == ("router", "echo/echo")  # type: ignore[union-attr]
    with pytest.raises(ConfigError, match="no model is asked for"):
        options_from("route", {}, services=stage.services)


def test_a_model_may_be_the_judge() -> None:
    async def main() -> None:
        stage = Stage()
        members = [stage.agent([{"text": it}], name=it) for it in ("Rome", "Paris")]
        judge = {"scripted": [{"when": {"system": "you judge answers"}, "data": {"number": 2}}]}
        options = options_from("vote", {"judge": judge}, services=stage.services)
        result = await stage.ask(create_composite("panel", members, "vote", options))
        assert (result.text, result.metadata["decided_by"]) == ("Paris", "judge")

    asyncio.run(main())


def test_a_router_or_judge_that_is_no_model_is_refused() -> None:
    stage = Stage()
    with pytest.raises(ModelNotFound):
        options_from("vote", {"judge": "no-such-provider/x"}, services=stage.services)
    with pytest.raises(BadArgument):
        create_composite("x", [stage.agent("echo")], "vote", options_from("vote", {"judge": "echo"}))
