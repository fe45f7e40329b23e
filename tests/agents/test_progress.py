"""What is left of an execution: its result, or what an error says of it."""

from __future__ import annotations

import dataclasses

from llmspell.agents.progress import Progress
from llmspell.agents.result import AgentResult, Step
from llmspell.agents.tool_answer import ToolAnswer
from llmspell.errors import AgentStopped, BudgetExceeded
from llmspell.journal.entries import Usage
from llmspell.models.calling import Called
from llmspell.models.messages import ToolCall, assistant, user
from llmspell.models.protocol import ModelResponse

CALL = ToolCall("c1", "calculator", {"input": "1"})


def called(cost_usd: float = 0.5, **more: object) -> Called:
    response = ModelResponse(assistant("hi"), Usage(10, 5, 1))
    return Called(dataclasses.replace(response, **more), "a/b", cost_usd, 1)  # type: ignore[arg-type]  # test data


def test_usage_costs_and_citations_add_up_and_the_last_answer_counts() -> None:
    progress = Progress("ada", [user("q")])
    progress.asked(called(finish_reason="tool_calls", citations=({"url": "u1"},)))
    progress.used("tool", "hm", "calculator", CALL, ToolAnswer("1", 1, None, Usage(3, 2), 0.25), 1.5)
    progress.asked(called(citations=({"url": "u2"},)))
    progress.text = "It is 1."
    result = progress.result()
    assert (result.usage, result.cost_usd) == (Usage(23, 12, 2), 1.25)
    assert (result.finish_reason, result.model, result.agent) == ("stop", "a/b", "ada")
    assert [it["url"] for it in result.citations] == ["u1", "u2"]
    assert result.steps == (Step("tool", "hm", "calculator", {"input": "1"}, "1", None, 1.5),)
    assert result.duration_ms >= 0


def test_after_a_hand_off_the_others_answer_is_the_answer() -> None:
    progress = Progress("ada", [user("q")])
    progress.asked(called())
    other = AgentResult(
        "done",
        {"n": 1},
        (user("note"), assistant("done")),
        usage=Usage(1, 1),
        cost_usd=0.1,
        agent="bob",
        model="c/d",
        metadata={"handoffs": ["bob", "eve"], "x": 1},
    )
    progress.handed_on(other)
    result = progress.result()
    assert (result.text, result.data, result.agent, result.model) == ("done", {"n": 1}, "bob", "c/d")
    assert [it.text for it in result.messages] == ["q", "note", "done"]
    assert (result.usage, round(result.cost_usd, 6)) == (Usage(11, 6, 1), 0.6)
    assert result.metadata == {"handoffs": ["ada", "bob", "eve"], "x": 1}


def test_an_error_says_what_was_done_and_its_first_details_are_left_alone() -> None:
    progress = Progress("ada", [user("q")])
    progress.asked(called())
    progress.text = "Let me see."
    progress.used("tool", "", "read", CALL, ToolAnswer("x" * 10_000), 0.0)
    error = AgentStopped("enough", details={"limit": 3})
    first = error.details
    progress.explain(error)
    assert first == {"limit": 3}
    assert error.details["limit"] == 3
    assert (error.details["agent"], error.details["text"], error.details["cost_usd"]) == ("ada", "Let me see.", 0.5)
    assert error.details["usage"] == {"input_tokens": 10, "output_tokens": 5, "cached_tokens": 1}
    assert len(error.details["steps"][0]["observation"]) < 5_000  # type: ignore[index]


def test_an_answer_that_a_budget_cut_short_is_kept_and_what_an_agent_inside_said_is_not() -> None:
    progress = Progress("ada", [user("q")])
    progress.text = "before"
    error = BudgetExceeded("cut", details={"text": "the beginning"})
    progress.explain(error)
    assert error.details["text"] == "the beginning"
    outer = Progress("lead", [user("q")])
    outer.text = "outer"
    outer.explain(error)
    assert (error.details["text"], error.details["agent"]) == ("outer", "lead")


def test_what_a_failed_agent_inside_has_used_counts() -> None:
    progress = Progress("ada", [])
    progress.failed_inside({"usage": {"input_tokens": 3}, "cost_usd": 0.5})
    progress.failed_inside({"limit": 3})
    assert (progress.usage, progress.cost_usd) == (Usage(3), 0.5)


def test_models_that_failed_are_noted_each_once_also_before_a_hand_off() -> None:
    progress = Progress("ada", [user("q")])
    for models in (("x/1",), ("x/1", "x/2"), ()):
        progress.asked(dataclasses.replace(called(), fallback_from=models))
    assert progress.result().metadata == {"fallback_from": ["x/1", "x/2"]}
    progress.handed_on(AgentResult("done", agent="bea", metadata={"fallback_from": ["y/1"]}))
    noted = progress.result().metadata
    assert (noted["fallback_from"], noted["handoffs"]) == (["y/1", "x/1", "x/2"], ["ada", "bea"])
    fine = Progress("ada", [user("q")])
    fine.asked(called())
    assert fine.result().metadata == {}
