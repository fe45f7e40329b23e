"""Agents whose models cannot call tools: told of them in words, understood in words."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from canned_agents import Canned
from played_agents import SUM, Stage, play

from llmspell.agents.agent import Agent
from llmspell.errors import AgentStopped, SchemaError
from llmspell.models.messages import assistant, user

ACT = 'Thought: I calculate.\nAction: calculator\nAction Input: {"input": "6 * 7"}'


def words(*texts: str, **more: Any) -> dict[str, Any]:
    """The script of a model that cannot call tools."""
    return {"tools": False, "turns": [it if isinstance(it, dict) else {"text": it} for it in texts], **more}


def test_a_tool_is_used_and_its_answer_makes_the_answer() -> None:
    result, stage = play(words(ACT, "Thought: I know.\nFinish: 42"), tools=["calculator"], system_prompt="Be brief.")
    assert result.text == "42"
    assert [(it.kind, it.thought, it.action, it.observation) for it in result.steps] == [
        ("tool", "I calculate.", "calculator", "42"),
        ("model", "I know.", "", "42"),
    ]
    first, second = stage.requests
    assert first.tools == () and first.settings.stop == ("\nObservation:",)
    prompt = first.messages[0].text
    assert prompt.startswith("Be brief.\n\nYou can use tools")
    assert "calculator: " in prompt and '"input"' in prompt
    assert [(it.role, it.text) for it in second.messages[1:]] == [
        ("user", "What is 6 * 7?"),
        ("assistant", ACT),
        ("user", "Observation: 42"),
    ]


def test_the_conversation_is_kept_as_tool_calls_whatever_was_written() -> None:
    result, _ = play(words(ACT, "Finish: 42"), tools=["calculator"])
    asked, call, answer, end = result.messages
    assert [it.role for it in result.messages] == ["user", "assistant", "tool", "assistant"]
    assert call.tool_calls[0].arguments == {"input": "6 * 7"} and answer.tool_call_id == call.tool_calls[0].id
    assert (asked.text, call.text, end.text) == ("What is 6 * 7?", "I calculate.", "42")


def test_an_observation_that_the_model_made_up_is_not_believed() -> None:
    result, stage = play(
        words(f"{ACT}\nObservation: 43\nThought: I know.\nFinish: 43", "Finish: 42"), tools=["calculator"]
    )
    assert result.text == "42"
    assert all("43" not in it.text for it in stage.requests[1].messages)


def test_what_has_no_form_is_shown_its_mistake_and_corrected() -> None:
    result, stage = play(words("I should use the calculator.", ACT, "Finish: 42"), tools=["calculator"])
    assert result.text == "42"
    assert [it.kind for it in result.steps] == ["repair", "tool", "model"]
    told = stage.requests[1].messages
    assert told[-2].text == "I should use the calculator."
    assert "neither an action nor an answer" in told[-1].text


def test_who_never_keeps_to_the_form_has_answered_in_the_end() -> None:
    result, stage = play(words("It is 42.", "It is 42.", "It is 42!"), tools=["calculator"])
    assert (result.text, len(stage.requests)) == ("It is 42!", 3)


@pytest.mark.parametrize(
    ("action", "told"),
    [
        ("Action: calculater\nAction Input: {}", "did you mean calculator?"),
        ('Action: calculator\nAction Input: {"input": "6 / 0"}', "division"),
        ('Action: calculator\nAction Input: {"inptu": "6"}', 'no parameter "inptu"'),
        ('Action: json-processor\nAction Input: {"operation": ', "not valid JSON"),
    ],
)
def test_an_action_that_fails_is_an_observation_and_the_model_corrects_itself(action: str, told: str) -> None:
    result, stage = play(words(action, ACT, "Finish: 42"), tools=["calculator", "json-processor"])
    assert result.text == "42"
    last = stage.requests[1].messages[-1].text
    assert last.startswith("Observation: Error") and told in last


def test_a_text_is_the_one_parameter_of_a_tool_that_takes_one() -> None:
    for written in ("6 * 7", '"6 * 7"', "```\n6 * 7\n```"):
        result, _ = play(words(f"Action: calculator\nAction Input: {written}", "Finish: ok"), tools=["calculator"])
        assert result.tool_calls[0]["arguments"] == {"input": "6 * 7"}


def test_finish_may_be_written_as_an_action() -> None:
    for written in ('{"answer": "42"}', "42"):
        result, _ = play(words(f"Thought: I know.\nAction: Finish\nAction Input: {written}"), tools=["calculator"])
        assert result.text == "42"


def test_one_action_again_and_again_ends_it_as_elsewhere() -> None:
    with pytest.raises(AgentStopped) as caught:
        play(words(*[ACT] * 4), tools=["calculator"])
    assert caught.value.details["reason"] == "repeated_call"
    with pytest.raises(AgentStopped) as caught:
        play(words(*[ACT] * 4), tools=["calculator"], max_steps=2)
    assert caught.value.details["reason"] == "max_steps"


def test_an_answer_as_data_is_asked_for_in_words_and_checked() -> None:
    script = words(ACT, 'Finish: {"sum": "42"}', 'Finish:\n```json\n{"sum": 42}\n```')
    result, stage = play(script, tools=["calculator"], schema={"sum": "integer"})
    assert result.data == {"sum": 42}
    assert all(it.schema is None for it in stage.requests)
    assert "valid by this JSON Schema" in stage.requests[0].messages[0].text
    assert "$.sum must be an integer" in stage.requests[2].messages[-1].text
    with pytest.raises(SchemaError):
        play(words(*["Finish: no"] * 3), tools=["calculator"], schema={"sum": "integer"})


def test_a_choice_of_tools_is_said_in_words_and_once() -> None:
    _, stage = play(words(ACT, "Finish: 42"), tools=["calculator"], tool_choice="calculator")
    assert [it.messages[-1].text for it in stage.requests] == ["Use the tool calculator now.", "Observation: 42"]
    _, stage = play(words("Finish: 42"), tools=["calculator"], tool_choice="none")
    assert "Do not use a tool" in stage.requests[0].messages[-1].text


def test_the_conversation_can_be_handed_on_in_words() -> None:
    async def main() -> None:
        stage = Stage()
        billing = Canned("billing", "It is paid.")
        act = 'Action: transfer_to_billing\nAction Input: {"reason": "an invoice"}'
        result = await stage.ask(stage.agent(words(act), handoffs=[billing]))
        assert (result.text, result.agent) == ("It is paid.", "billing")

    asyncio.run(main())


def test_a_model_that_can_call_tools_is_talked_to_in_words_where_that_is_asked_for() -> None:
    result, stage = play([{"text": ACT}, {"text": "Finish: 42"}], tools=["calculator"], mode="react")
    assert result.text == "42"
    assert stage.requests[0].tools == () and stage.requests[0].settings.stop == ()
    _, stage = play([SUM, {"text": "42"}], tools=["calculator"])
    assert len(stage.requests[0].tools) == 1


def test_without_tools_there_is_no_form_to_keep() -> None:
    result, stage = play(words("It is 42."), type="react")
    assert result.text == "It is 42."
    assert stage.requests[0].messages == (user("What is 6 * 7?"),)


def test_a_conversation_that_began_natively_is_written_out() -> None:
    async def main() -> None:
        stage = Stage()
        native = stage.agent([{**SUM, "text": "I calculate."}, {"text": "It is 42."}], tools=["calculator"])
        result = await stage.ask(native)
        agent: Agent = stage.agent(words("Finish: Yes."), tools=["calculator"])
        from llmspell.agents.protocol import AgentInput

        history = [*result.messages, user("Thanks."), assistant("Welcome.")]
        await agent.execute_with(stage.context, history, AgentInput((user("Sure?"),), {}, {}))
        assert [(it.role, it.text) for it in stage.requests[-1].messages[1:]] == [
            ("user", "What is 6 * 7?"),
            ("assistant", 'Thought: I calculate.\nAction: calculator\nAction Input: {"input":"6 * 7"}'),
            ("user", "Observation: 42"),
            ("assistant", "Finish: It is 42."),
            ("user", "Thanks."),
            ("assistant", "Finish: Welcome."),
            ("user", "Sure?"),
        ]

    asyncio.run(main())


def test_answers_of_several_calls_are_one_message() -> None:
    async def main() -> None:
        stage = Stage()
        calls = {"calls": [SUM, {**SUM, "arguments": {"input": "1 + 1"}}]}
        result = await stage.ask(stage.agent([calls, {"text": "42 and 2"}], tools=["calculator"]))
        agent = stage.agent(words("Finish: Yes."), tools=["calculator"])
        from llmspell.agents.protocol import AgentInput

        await agent.execute_with(stage.context, result.messages, AgentInput((user("Sure?"),), {}, {}))
        assert stage.requests[-1].messages[3].text == "Observation: 42\nObservation: 2"

    asyncio.run(main())


def test_whoever_watches_sees_thoughts_tools_and_the_answer() -> None:
    async def main() -> None:
        stage = Stage()
        agent = stage.agent(
            words(f"{ACT}\nObservation: 43", "Thought: I know.\nFinish: It is 42."), tools=["calculator"]
        )
        result = await stage.ask(agent, watched=True)
        kinds = [it.kind for it in stage.events]
        assert kinds[:4] == ["reasoning", "progress", "tool_start", "tool_end"]
        assert "".join(it.text for it in stage.events if it.kind == "text") == result.text == "It is 42."
        assert [it.text for it in stage.events if it.kind == "reasoning"] == ["I calculate.\n", "I know.\n"]

    asyncio.run(main())
