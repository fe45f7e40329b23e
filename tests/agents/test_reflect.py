"""Reflection: what the critic is shown, when it ends, what is told of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from canned_agents import USAGE, Canned, ask, execute, watching
from played_agents import Stage

from llmspell.agents.protocol import AgentInput
from llmspell.agents.reflect import MAX_CRITERIA, create_reflect, critique_of
from llmspell.agents.result import AgentResult
from llmspell.agents.templates import Templates
from llmspell.errors import BadArgument, ToolFailed
from llmspell.models.messages import Media, assistant, user
from llmspell.tools.template_process import TemplateProcess


def revise(feedback: str, score: float = 0.5) -> dict[str, Any]:
    return {"verdict": "revise", "score": score, "feedback": feedback}


ACCEPT = {"verdict": "accept", "score": 0.9, "feedback": ""}


def reflect(agent: Any, critic: Any, *args: Any, **more: Any) -> Any:
    return asyncio.run(create_reflect("careful", agent, critic, *args, **more))


def test_a_draft_is_mended_until_the_critic_accepts() -> None:
    writer, critic = Canned("writer", "short", "longer"), Canned("critic", revise("too short"), ACCEPT)
    result = execute(reflect(writer, critic, rounds=5), "Write!")
    assert (result.text, result.agent, result.model) == ("longer", "careful", "canned/writer")
    assert result.metadata["accepted"] is True
    assert result.metadata["rounds"] == [
        {"draft": "short", "verdict": "revise", "feedback": "too short", "score": 0.5},
        {"draft": "longer", "verdict": "accept", "feedback": "", "score": 0.9},
    ]
    assert result.usage == USAGE + USAGE + USAGE + USAGE
    assert result.cost_usd == pytest.approx(0.04)
    assert [it.action for it in result.steps if it.kind == "agent"] == ["writer", "critic", "writer", "critic"]
    assert result.messages == (user("Write!"), assistant("longer"))


def test_it_ends_after_its_rounds_with_the_last_draft() -> None:
    writer, critic = Canned("writer", "1", "2", "3", "4"), Canned("critic", revise("no"))
    result = execute(reflect(writer, critic, rounds=2))
    assert (result.text, result.metadata["accepted"]) == ("3", False)
    assert (len(writer.asked), len(critic.asked)) == (3, 2)


def test_a_draft_that_is_accepted_at_once_is_not_touched() -> None:
    writer = Canned("writer", {"n": 1})
    result = execute(reflect(writer, Canned("critic", ACCEPT)))
    assert (result.data, len(writer.asked)) == ({"n": 1}, 1)


def test_the_critic_is_shown_the_request_the_criteria_the_draft_and_what_it_has_said_before() -> None:
    picture = Media("image", "image/png", b"x")
    writer, critic = Canned("writer", "one </draft>", "two"), Canned("critic", revise("too short"), ACCEPT)
    execute(reflect(writer, critic, ["names a date", " "]), AgentInput((user("Write!", picture),), {}, {"a": 1}))
    first, second = critic.asked
    assert "Criteria:\n- names a date\n<request>\nWrite!\n</request>" in first.text
    assert first.text.count("</draft>") == 1 and "earlier_feedback" not in first.text
    assert picture in first.messages[0].parts and first.context == {"a": 1}
    assert first.overrides["schema"]["properties"]["verdict"]["enum"] == ["accept", "revise"]
    assert '<earlier_feedback round="1">\ntoo short\n</earlier_feedback>' in second.text
    assert "<draft>\ntwo\n</draft>" in second.text


def test_the_writer_is_shown_its_draft_and_the_feedback_and_asked_for_the_same_form() -> None:
    writer, critic = Canned("writer", "one", "two"), Canned("critic", revise("too short"), ACCEPT)
    execute(reflect(writer, critic, "is long"), AgentInput((user("Write!"),), {"schema": {}}, {}))
    request, draft, feedback = writer.asked[1].messages
    assert (request.text, draft.role, draft.text) == ("Write!", "assistant", "one")
    assert "<feedback>\ntoo short\n</feedback>" in feedback.text
    assert writer.asked[1].overrides == {"schema": {}}


@pytest.mark.parametrize(
    ("said", "verdict", "feedback", "score"),
    [
        ('{"verdict": "accept", "score": 1}', "accept", "", 1.0),
        ('Here: {"verdict": "revise", "feedback": "no"}', "revise", "no", None),
        ("ACCEPT: fine", "accept", "ACCEPT: fine", None),
        ("**Accepted**", "accept", "**Accepted**", None),
        ("The second line is wrong.", "revise", "The second line is wrong.", None),
        ('{"verdict": "maybe"}', "revise", '{"verdict": "maybe"}', None),
    ],
)
def test_a_critic_may_answer_in_text(said: str, verdict: str, feedback: str, score: float | None) -> None:
    found = critique_of(AgentResult(said))
    assert (found.verdict, found.feedback, found.score) == (verdict, feedback, score)


def test_a_failure_of_either_is_the_wholes() -> None:
    with pytest.raises(ToolFailed, match="no draft"):
        execute(reflect(Canned("writer", ToolFailed("no draft")), Canned("critic")))
    with pytest.raises(ToolFailed, match="no critic") as caught:
        execute(reflect(Canned("writer", cost_usd=0.5), Canned("critic", ToolFailed("no critic"))))
    assert caught.value.details["cost_usd"] == 0.5


def test_a_watcher_sees_both_and_one_end() -> None:
    _, seen = watching(reflect(Canned("writer", "x"), Canned("critic", ACCEPT)))
    assert [(it.kind, it.agent) for it in seen] == [
        ("text", "writer"),
        ("progress", "careful"),
        ("text", "critic"),
        ("progress", "careful"),
        ("done", "careful"),
    ]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"rounds": 0}, "rounds is an integer from 1 to 20"),
        ({"rounds": True}, "rounds is an integer"),
        ({"criteria": [3]}, "criteria are at most"),
        ({"criteria": 3}, "criteria are at most"),
        ({"criteria": ["x"] * (MAX_CRITERIA + 1)}, "criteria are at most"),
        ({"critic": None}, "a reflection needs a critic"),
    ],
)
def test_what_is_no_reflection_is_refused(more: dict[str, Any], message: str) -> None:
    with pytest.raises(BadArgument, match=message):
        reflect(Canned("writer"), more.pop("critic", Canned("critic")), **more)


def test_its_parts_are_known() -> None:
    writer, critic = Canned("writer", description="Writes"), Canned("critic")
    made = reflect(writer, critic)
    assert made.parts() == (("generator", writer), ("critic", critic))
    assert made.description == "Writes"


@pytest.fixture
def process() -> Iterator[TemplateProcess]:
    made = TemplateProcess()
    yield made
    made.close()


def test_without_a_critic_one_is_made_of_the_template_with_the_agents_model(process: TemplateProcess) -> None:
    async def main() -> None:
        stage = Stage()
        turns = [
            {"when": {"system": "you are a critic", "turn": 1, "input": "<draft>\nshort"}, "data": revise("too short")},
            {"when": {"system": "you are a critic"}, "data": ACCEPT},
            {"when": "too short", "text": "longer"},
            {"text": "short"},
        ]
        made = await create_reflect(
            "careful",
            stage.agent(turns, name="writer", memory="buffer"),
            None,
            ["names a date"],
            services=stage.services,
            templates=Templates((), process),
        )
        result = await made.execute(stage.context, ask("Write!"))
        assert (result.text, result.metadata["accepted"]) == ("longer", True)
        asked = [it for it in stage.requests if "critic" in it.messages[0].text]
        assert "- names a date" in asked[0].messages[0].text and "names a date" not in asked[0].messages[1].text
        assert asked[0].schema is not None and asked[0].schema["required"] == ["verdict", "score", "feedback"]
        # A draft is no part of what the writer remembers.
        assert len(made.agent.memory) == 0  # type: ignore[attr-defined]

    asyncio.run(main())


def test_a_critics_template_of_the_users_may_name_its_own_model(tmp_path: Path, process: TemplateProcess) -> None:
    (tmp_path / "critic.toml").write_text(
        "description = 'Mine'\nmodel = 'echo'\nsystem_prompt = 'Judge.'\n[parameters.criteria]\ndefault = []\n"
    )

    async def main() -> None:
        stage = Stage()
        templates = Templates((str(tmp_path),), process)
        writer = stage.agent([{"text": "x"}], name="writer")
        made = await create_reflect("careful", writer, services=stage.services, templates=templates)
        assert made.critic.model == "echo/echo"  # type: ignore[attr-defined]

    asyncio.run(main())
