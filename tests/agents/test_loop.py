"""The loop of model and tools: what the model is shown, what ends it, what comes of it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from canned_agents import Canned
from played_agents import SUM, Stage, made_tool, play

from llmspell.errors import AgentStopped, Cancelled, PermissionDenied, ProviderError, SchemaError, ToolFailed


def calls(*texts: str, tool: str = "note") -> dict[str, Any]:
    return {"calls": [{"tool": tool, "arguments": {"text": it}} for it in texts]}


def test_a_tool_is_used_and_its_answer_makes_the_answer() -> None:
    result, stage = play(
        [SUM, {"text": "It is {{last_tool_result}}."}], tools=["calculator"], system_prompt="Be brief."
    )
    assert result.text == "It is 42."
    assert [(it.kind, it.action, it.observation) for it in result.steps] == [
        ("tool", "calculator", "42"),
        ("model", "", "It is 42."),
    ]
    assert [(it["name"], it["arguments"], it["result"], it["error"]) for it in result.tool_calls] == [
        ("calculator", {"input": "6 * 7"}, 42, None)
    ]
    first, second = stage.requests
    assert [it.role for it in first.messages] == ["system", "user"]
    assert [it.name for it in first.tools] == ["calculator"]
    assert [it.role for it in second.messages] == ["system", "user", "assistant", "tool"]
    assert second.messages[3].text == "42" and not second.messages[3].is_error
    assert [it.role for it in result.messages] == ["user", "assistant", "tool", "assistant"]
    assert (result.model, result.agent, result.finish_reason) == ("scripted/table", "ada", "stop")
    assert result.usage.input_tokens > 0 and result.usage.output_tokens > 0


def test_usage_and_costs_are_those_of_all_model_calls() -> None:
    used = {"usage": {"input_tokens": 10, "output_tokens": 5, "cached_tokens": 2}, "cost_usd": 0.25}
    result, stage = play([{**SUM, **used}, {"text": "42", **used}], tools=["calculator"])
    assert (result.usage.input_tokens, result.usage.output_tokens, result.usage.cached_tokens) == (20, 10, 4)
    assert result.cost_usd == 0.5
    assert stage.run.cost_usd == 0.5


def test_calls_of_one_turn_run_at_the_same_time_and_are_answered_in_their_order() -> None:
    async def main() -> None:
        stage = Stage()
        second_is_in = asyncio.Event()

        async def note(params: Any) -> str:
            if params["text"] == "first":
                await second_is_in.wait()
            else:
                second_is_in.set()
            return f"noted {params['text']}"

        agent = stage.agent(
            [calls("first", "second"), {"text": "ok"}], tools=[stage.tool("note", note, {"text": "string"})]
        )
        result = await stage.ask(agent)
        assert [it["result"] for it in result.tool_calls] == ["noted first", "noted second"]
        assert [it.text for it in stage.requests[1].messages[-2:]] == ["noted first", "noted second"]
        keys = [key for key, target, _ in stage.entries() if target == "tool"]
        assert keys == ["0:1/step1/call1/1", "0:1/step1/call2/1"]

    asyncio.run(main())


def test_effects_have_keys_that_depend_on_their_place_alone() -> None:
    _, stage = play([SUM, {"text": "42"}], tools=["calculator"])
    assert stage.entries() == [
        ("0:1", "agent", "ada"),
        ("0:1/step1/1", "model", "scripted/table"),
        ("0:1/step1/call1/1", "tool", "calculator"),
        ("0:1/step2/1", "model", "scripted/table"),
    ]


def test_the_journal_holds_the_question_and_the_answer_as_plain_data() -> None:
    _, stage = play([{"text": "42"}])
    entry = next(it for it in stage.journal.entries(stage.run.run_id) if it.target == "agent")
    assert entry.args == {"messages": [{"role": "user", "text": "What is 6 * 7?"}]}
    assert entry.result["text"] == "42"


def test_what_a_tool_raises_is_told_to_the_model_which_can_correct_itself() -> None:
    bad = {"tool": "calculator", "arguments": {"input": "6 / 0"}}
    result, stage = play([bad, SUM, {"text": "42"}], tools=["calculator"])
    assert result.text == "42"
    assert [it.error is None for it in result.steps] == [False, True, True]
    told = stage.requests[1].messages[-1]
    assert told.is_error and "division" in told.text


def test_a_permission_that_is_missing_is_told_to_the_model_and_recorded() -> None:
    result, stage = play([SUM, {"text": "I may not."}], allow=("model:*",), tools=["calculator"])
    assert result.text == "I may not."
    assert "calculator" in (result.steps[0].error or "")
    assert [it.subject for it in stage.run.audit.denied] == ["calculator"]


@pytest.mark.parametrize(
    ("call", "told"),
    [
        ({"tool": "calculater", "arguments": {}}, 'there is no tool "calculater"\ndid you mean calculator?'),
        ({"tool": "calculator", "arguments": {"inputs": "1"}}, 'no parameter "inputs"'),
        ({"tool": "calculator", "raw": '{"input": '}, "not valid JSON: Expecting value at line 1, column 11"),
        ({"tool": "calculator", "raw": "[1]"}, "a JSON object is needed"),
    ],
)
def test_a_call_that_cannot_be_made_is_answered_with_what_is_wrong(call: dict[str, Any], told: str) -> None:
    result, stage = play([call, SUM, {"text": "42"}], tools=["calculator"])
    assert told in stage.requests[1].messages[-1].text
    assert stage.requests[1].messages[-1].is_error
    assert result.steps[0].error and not result.steps[1].error


def test_what_a_model_cannot_help_ends_the_agent_and_what_it_can_does_not() -> None:
    async def main() -> None:
        stage = Stage()

        def note(params: Any) -> str:
            raise {"stop": Cancelled("the run is being cancelled"), "fail": ToolFailed("no")}[params["text"]]

        stage.tool("note", note, {"text": "string"})
        agent = stage.agent([calls("fail"), {"text": "went on"}], tools=["note"])
        assert (await stage.ask(agent)).text == "went on"
        agent = stage.agent([calls("fail", "stop"), {"text": "went on"}], tools=["note"])
        with pytest.raises(Cancelled):
            await stage.ask(agent)

    asyncio.run(main())


def test_one_call_that_ends_the_agent_cancels_those_beside_it() -> None:
    async def main() -> None:
        stage = Stage()
        ended: list[str] = []
        began = asyncio.Event()

        async def note(params: Any) -> str:
            if params["text"] == "stop":
                await began.wait()
                raise Cancelled("enough")
            began.set()
            try:
                await asyncio.Event().wait()
            finally:
                ended.append(params["text"])
            return ""

        agent = stage.agent([calls("wait", "stop")], tools=[stage.tool("note", note, {"text": "string"})])
        with pytest.raises(Cancelled, match="enough"):
            await stage.ask(agent)
        assert ended == ["wait"]

    asyncio.run(main())


def test_too_many_steps_stop_it_before_the_tools_that_nobody_would_hear_of() -> None:
    turns = [calls("a"), calls("b"), calls("c"), {"text": "done"}]

    async def main(max_steps: int) -> tuple[Any, list[str]]:
        stage = Stage()
        noted: list[str] = []
        stage.tool("note", lambda params: noted.append(params["text"]), {"text": "string"})
        agent = stage.agent(turns, tools=["note"], max_steps=max_steps)
        try:
            return await stage.ask(agent), noted
        except AgentStopped as error:
            return error, noted

    error, noted = asyncio.run(main(3))
    assert (error.details["reason"], noted) == ("max_steps", ["a", "b"])
    assert [it["action"] for it in error.details["steps"]] == ["note", "note"]
    assert error.details["usage"]["output_tokens"] > 0
    result, noted = asyncio.run(main(4))
    assert (result.text, noted) == ("done", ["a", "b", "c"])


def test_too_many_tool_calls_stop_it_before_they_are_made() -> None:
    def outcome(limit: int) -> Any:
        try:
            return play([SUM, {"calls": [SUM, {**SUM, "arguments": {"input": "1"}}]}, {"text": "done"}],
                        tools=["calculator"], max_tool_calls=limit)[0]  # fmt: skip
        except AgentStopped as error:
            return error

    assert outcome(3).text == "done"
    error = outcome(2)
    assert error.details["reason"] == "max_tool_calls"
    assert len(error.details["steps"]) == 1


def test_one_call_again_and_again_is_warned_about_and_then_ends_it() -> None:
    with pytest.raises(AgentStopped) as caught:
        play([SUM, SUM, SUM, SUM, {"text": "never"}], tools=["calculator"])
    assert caught.value.details["reason"] == "repeated_call"
    assert [it["observation"] for it in caught.value.details["steps"]] == ["42", "42", "42"]
    result, stage = play([SUM, SUM, SUM, {"text": "at last"}], tools=["calculator"])
    assert result.text == "at last"
    warned = [("exactly this call 3 times" in it.messages[-1].text) for it in stage.requests]
    assert warned == [False, False, False, True]


def test_a_tool_that_must_be_called_must_be_called_once_only() -> None:
    _, stage = play([SUM, {"text": "42"}], tools=["calculator"], tool_choice="calculator")
    assert [it.tool_choice for it in stage.requests] == ["calculator", "auto"]
    _, stage = play([{"text": "42"}], tools=["calculator"], tool_choice="none")
    assert [it.tool_choice for it in stage.requests] == ["none"]


def test_an_answer_that_was_cut_off_is_an_answer() -> None:
    result, _ = play([{"text": "It is", "finish_reason": "length"}])
    assert (result.text, result.finish_reason) == ("It is", "length")


def test_what_a_provider_wants_to_see_again_comes_back_with_its_message() -> None:
    turn = {**SUM, "opaque": {"signature": "abc"}, "reasoning": "I should multiply."}
    result, stage = play([turn, {"text": "42"}], tools=["calculator"])
    sent = stage.requests[1].messages[1]
    assert sent.opaque == {"scripted": {"signature": "abc"}}
    assert sent.reasoning == "I should multiply."
    assert result.steps[0].thought == "I should multiply."


def test_an_error_of_the_provider_says_what_was_done_before_it() -> None:
    with pytest.raises(ProviderError) as caught:
        play(
            [{**SUM, "text": "Let me see."}, {"error": {"kind": "bad_request", "message": "no"}}], tools=["calculator"]
        )
    assert caught.value.details["text"] == "Let me see."
    assert [it["action"] for it in caught.value.details["steps"]] == ["calculator"]
    assert caught.value.details["provider"] == "scripted"


def test_an_answer_that_is_not_valid_is_shown_its_mistake_and_corrected() -> None:
    turns = [{"data": {"sum": "many"}}, {"data": {"sum": 42}}]
    result, stage = play(turns, schema={"sum": "integer"})
    assert result.data == {"sum": 42}
    assert [it.kind for it in result.steps] == ["repair", "model"]
    assert "$.sum must be an integer, not a string" in (result.steps[0].error or "")
    assert "$.sum must be an integer" in stage.requests[1].messages[-1].text
    assert stage.requests[0].schema is not None
    assert [it.role for it in result.messages] == ["user", "assistant", "user", "assistant"]


def test_after_its_repairs_an_answer_that_is_not_valid_is_an_error_with_path_and_text() -> None:
    turns = [{"data": {"sum": "many"}}] * 3
    with pytest.raises(SchemaError) as caught:
        play(turns, schema={"sum": "integer"})
    assert caught.value.details["path"] == "$.sum"
    assert caught.value.details["raw"] == '{"sum": "many"}'
    assert caught.value.details["attempts"] == 3
    with pytest.raises(SchemaError):
        play([{"text": "no idea"}], schema={"sum": "integer"}, repairs=0)


def test_an_answer_as_data_that_was_cut_off_is_not_asked_for_again() -> None:
    with pytest.raises(SchemaError) as caught:
        play([{"text": '{"sum": ', "finish_reason": "length"}, {"data": {"sum": 1}}], schema={"sum": "integer"})
    assert "max_tokens" in caught.value.hint


def test_data_comes_after_tools_too() -> None:
    result, _ = play([SUM, {"data": {"sum": 42}}], tools=["calculator"], schema={"sum": "integer"})
    assert result.data == {"sum": 42} and result.steps[0].action == "calculator"


def test_an_agent_among_the_tools_is_asked_and_paid_for() -> None:
    async def main() -> None:
        stage = Stage()
        used = {"usage": {"input_tokens": 10, "output_tokens": 5}, "cost_usd": 0.25}
        helper = stage.agent([{"text": "42", **used}], name="helper", description="Calculates.")
        asked = {"tool": "helper", "arguments": {"input": "6 * 7"}, **used}
        agent = stage.agent([asked, {"text": "{{last_tool_result}}", **used}], tools=[helper])
        result = await stage.ask(agent, watched=True)
        assert result.text == "42"
        assert (result.usage.input_tokens, result.cost_usd) == (30, 0.75)
        assert ("text", "helper") in [(it.kind, it.agent) for it in stage.events]
        assert [(it.kind, it.agent) for it in stage.events if it.kind == "done"] == [("done", "ada")]
        assert ("0:1/step1/call1/1/1", "agent", "helper") in stage.entries()

    asyncio.run(main())


def test_an_agent_among_the_tools_that_fails_is_paid_for_and_its_error_is_its_answer() -> None:
    async def main() -> None:
        stage = Stage()
        used = {"usage": {"input_tokens": 10, "output_tokens": 5}, "cost_usd": 0.25}
        helper = stage.agent([{**SUM, **used}], name="helper", tools=["calculator"], max_steps=1)
        asked = {"tool": "helper", "arguments": {"input": "6 * 7"}, **used}
        agent = stage.agent([asked, {"text": "It did not work.", **used}], tools=[helper])
        result = await stage.ask(agent)
        assert result.text == "It did not work."
        assert "(agent_stopped)" in result.steps[0].observation
        assert (result.usage.input_tokens, result.cost_usd) == (30, 0.75)

    asyncio.run(main())


def test_the_conversation_is_handed_on_with_what_was_said_and_who_answered_is_named() -> None:
    async def main() -> None:
        stage = Stage()
        billing = Canned("billing", "It is paid.")
        turns = [{"tool": "transfer_to_billing", "arguments": {"reason": "an invoice"}, "cost_usd": 0.5}]
        agent = stage.agent(turns, handoffs=[billing])
        result = await stage.ask(agent, "Is my invoice paid?")
        assert (result.text, result.agent) == ("It is paid.", "billing")
        assert result.cost_usd >= 0.5
        assert [(it.kind, it.action) for it in result.steps][0] == ("handoff", "billing")
        assert billing.asked[0].messages[0].text == "Is my invoice paid?"
        assert result.metadata["handoffs"] == ["ada", "billing"]

    asyncio.run(main())


def test_the_conversation_goes_to_one_agent_and_the_other_calls_are_answered_first() -> None:
    async def main() -> None:
        stage = Stage()
        billing, support = Canned("billing", "Paid."), Canned("support", "Fixed.")
        turn = {"calls": ["transfer_to_billing", SUM, "transfer_to_support"]}
        result = await stage.ask(stage.agent([turn], tools=["calculator"], handoffs=[billing, support]))
        assert result.agent == "billing" and support.asked == []
        assert [(it.kind, it.action, it.error is None) for it in result.steps[:3]] == [
            ("handoff", "billing", True),
            ("tool", "calculator", True),
            ("tool", "transfer_to_support", False),
        ]

    asyncio.run(main())


def test_whoever_watches_sees_text_tools_and_progress_as_they_happen() -> None:
    async def main() -> None:
        stage = Stage()
        turns = [{**SUM, "reasoning": "Multiply."}, {"text": "It is 42."}]
        result = await stage.ask(stage.agent(turns, tools=["calculator"]), watched=True)
        kinds = [it.kind for it in stage.events]
        assert kinds == ["reasoning", "progress", "tool_start", "tool_end", "text", "text", "text", "progress", "done"]
        assert "".join(it.text for it in stage.events if it.kind == "text") == "It is 42."
        end = stage.events[3]
        assert (end.data["name"], end.data["result"], end.data["error"]) == ("calculator", 42, None)
        assert stage.events[-2].data["step"] == 2
        assert stage.events[-1].data == result.to_value()

    asyncio.run(main())


def test_only_for_whoever_watches_an_answer_is_streamed() -> None:
    async def main() -> None:
        stage = Stage()
        agent = stage.agent("echo")
        await stage.ask(agent)
        assert (len(stage.requests), stage.catalog.streamed) == (1, [])
        await stage.ask(agent, watched=True)
        assert (len(stage.requests), len(stage.catalog.streamed)) == (2, 1)

    asyncio.run(main())


def test_the_conversation_can_be_handed_on_in_the_last_step() -> None:
    async def main() -> None:
        stage = Stage()
        agent = stage.agent([{"tool": "transfer_to_billing"}], handoffs=[Canned("billing", "Paid.")], max_steps=1)
        assert (await stage.ask(agent)).text == "Paid."

    asyncio.run(main())


def test_whoever_watches_is_told_of_the_error_that_ended_it() -> None:
    async def main() -> None:
        stage = Stage()
        agent = stage.agent([{"error": {"kind": "bad_request", "message": "no"}}])
        with pytest.raises(ProviderError):
            await stage.ask(agent, watched=True)
        assert [(it.kind, it.data["code"]) for it in stage.events] == [("error", "provider_error")]

    asyncio.run(main())


def test_a_watcher_that_fails_ends_the_agent() -> None:
    async def main() -> None:
        stage = Stage()

        async def watch(_: Any) -> None:
            raise PermissionDenied("not that")

        agent = stage.agent([SUM, {"text": "42"}], tools=["calculator"])
        from llmspell.agents.protocol import AgentInput
        from llmspell.models.messages import user

        with pytest.raises(PermissionDenied):
            await agent.execute(stage.context, AgentInput((user("?"),), {}, {}), on_event=watch)

    asyncio.run(main())


def test_a_tool_object_that_no_registry_has_is_run_by_the_same_rules() -> None:
    async def main(*allow: str) -> str:
        stage = Stage(*allow)
        tool = made_tool("shout", lambda params: params["text"].upper(), {"text": "string"})
        agent = stage.agent([calls("hello", tool="shout"), {"text": "{{last_tool_result}}"}], tools=[tool])
        return (await stage.ask(agent)).text

    assert asyncio.run(main("model:*", "tool:shout")) == "HELLO"
    assert "permission_denied" in asyncio.run(main("model:*"))
