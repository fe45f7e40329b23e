"""What an answer has used and cost."""

from __future__ import annotations

import pytest

from llmspell.journal.entries import NO_USAGE, Usage
from llmspell.models.openai_usage import read_cost_usd, read_usage


@pytest.mark.parametrize(
    ("usage", "read"),
    [
        (None, NO_USAGE),
        ({}, NO_USAGE),
        ("many", NO_USAGE),
        ({"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}, Usage(7, 3)),
        ({"prompt_tokens": 7, "completion_tokens": 3}, Usage(7, 3)),
        ({"prompt_tokens": 7, "completion_tokens": 3, "prompt_tokens_details": {"cached_tokens": 4}}, Usage(7, 3, 4)),
        ({"prompt_tokens": 7, "completion_tokens": 3, "prompt_tokens_details": None}, Usage(7, 3)),
        ({"prompt_tokens": 7, "completion_tokens": 3, "prompt_cache_hit_tokens": 5}, Usage(7, 3, 5)),
        ({"prompt_tokens": None, "completion_tokens": 3, "total_tokens": 3}, Usage(0, 3)),
        ({"prompt_tokens": "7", "completion_tokens": True, "total_tokens": -1}, NO_USAGE),
        ({"prompt_tokens": 7.0, "completion_tokens": float("inf")}, Usage(7, 0)),
        ({"prompt_tokens": 10**400}, NO_USAGE),
        ({"total_tokens": 9}, NO_USAGE),
    ],
)
def test_tokens_are_counted_as_far_as_they_are_said(usage: object, read: Usage) -> None:
    assert read_usage(usage) == read


def test_output_includes_what_was_thought_where_only_the_total_does() -> None:
    # https://docs.x.ai/docs/guides/reasoning, and Gemini's endpoint for this format
    usage = {"prompt_tokens": 20, "completion_tokens": 198, "total_tokens": 623}
    assert read_usage(usage) == Usage(20, 603)


@pytest.mark.parametrize(
    ("usage", "cost"),
    [
        ({"cost": 0.25}, 0.25),
        ({"cost": 0}, 0),
        ({"cost": None}, None),
        ({"cost": -1}, None),
        ({"cost": "free"}, None),
        ({"cost": float("nan")}, None),
        ({"cost": 0.25, "is_byok": True, "cost_details": {"upstream_inference_cost": 0.5}}, 0.75),
        ({"cost": 0.25, "is_byok": True, "cost_details": {"upstream_inference_cost": None}}, 0.25),
        ({"cost": 0.25, "is_byok": False, "cost_details": {"upstream_inference_cost": 0.5}}, 0.25),
        ({"cost": {"total_cost": 0.006, "currency": "USD"}}, 0.006),
        ({"cost_in_usd_ticks": 37_756_000}, pytest.approx(0.0037756)),
        ({}, None),
        (None, None),
    ],
)
def test_a_provider_that_says_what_it_costs_is_believed(usage: object, cost: float | None) -> None:
    assert read_cost_usd(usage) == cost
