"""Routes: what a router is asked, whom its answer means, and what happens when it means nobody."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from canned_agents import Canned, execute

from llmspell.agents.composite_options import CompositeOptions
from llmspell.agents.composites import create_composite
from llmspell.agents.protocol import AgentInput
from llmspell.errors import AgentNotFound, ToolFailed
from llmspell.models.messages import Media, assistant, user


def members() -> list[Canned]:
    return [Canned("billing", "paid", description="Knows invoices"), Canned("tech-support", "mended")]


def routed(said: Any, asked: Any = "My invoice?", among: list[Canned] | None = None, **options: Any) -> Any:
    router = said if callable(said) or isinstance(said, Canned) else Canned("router", said)
    composite = create_composite("desk", among or members(), "route", CompositeOptions(router=router, **options))
    return execute(composite, asked)


def test_the_router_is_asked_for_a_name_and_that_agent_answers_what_was_asked() -> None:
    router, among = Canned("router", {"agent": "billing", "reason": "an invoice"}), members()
    result = routed(router, among=among)
    assert (result.text, result.model) == ("paid", "canned/billing")
    assert result.metadata["chosen"] == "billing" and result.metadata["reason"] == "an invoice"
    assert result.metadata["is_fallback"] is False
    (asked,) = router.asked
    assert "- billing: Knows invoices" in asked.text and "- tech-support: no description" in asked.text
    assert "<request>\nMy invoice?\n</request>" in asked.text
    assert asked.overrides["schema"]["properties"]["agent"]["enum"] == ["billing", "tech-support"]
    assert among[0].asked[0].text == "My invoice?" and among[1].asked == []


def test_what_was_said_before_and_pictures_reach_the_router() -> None:
    picture = Media("image", "image/png", b"x")
    router = Canned("router", "billing")
    routed(router, AgentInput((user("Hi"), assistant("Hello"), user("This one", picture)), {}, {}))
    assert [it.text for it in router.asked[0].messages[:2]] == ["Hi", "Hello"]
    assert picture in router.asked[0].messages[-1].parts


@pytest.mark.parametrize(
    ("said", "chosen"),
    [
        ("billing", "billing"),
        (" `Billing`. ", "billing"),
        ("tech_support", "tech-support"),
        ("Tech Support", "tech-support"),
        ("tech-suport", "tech-support"),
        ("I would ask billing about that.", "billing"),
        ({"agent": "billing"}, "billing"),
        ({"name": "billing"}, "billing"),
    ],
)
def test_a_name_may_be_written_a_little_differently(said: Any, chosen: str) -> None:
    assert routed(said).metadata["chosen"] == chosen


@pytest.mark.parametrize("said", ["sales", "", {"other": 1}, {"agent": 3}, "billing or tech-support"])
def test_a_name_that_is_no_members_leads_to_the_fallback(said: Any) -> None:
    result = routed(said, fallback="tech-support")
    assert (result.text, result.metadata["is_fallback"]) == ("mended", True)


def test_without_a_fallback_it_is_an_error_that_names_the_nearest() -> None:
    with pytest.raises(AgentNotFound) as caught:
        routed("bills")
    assert 'the router of desk chose "bills"' in caught.value.message
    assert "billing" in caught.value.hint


def test_a_function_may_choose() -> None:
    seen: list[Any] = []

    async def choose(text: str, names: Sequence[str]) -> str:
        seen.append((text, list(names)))
        return "tech-support"

    assert routed(choose).text == "mended"
    assert seen == [("My invoice?", ["billing", "tech-support"])]


def test_a_router_that_fails_fails_the_whole_or_leads_to_the_fallback() -> None:
    with pytest.raises(ToolFailed):
        routed(ToolFailed("no router"), fallback="billing")
    assert routed(ToolFailed("no router"), fallback="billing", on_error="continue").text == "paid"


def test_the_chosen_agents_failure_is_the_wholes() -> None:
    with pytest.raises(ToolFailed, match="broken"):
        routed("a", among=[Canned("a", ToolFailed("broken"))], on_error="continue")


def test_the_router_is_paid_too() -> None:
    assert routed(Canned("router", "billing", cost_usd=0.5)).cost_usd == 0.51
