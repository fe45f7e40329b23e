"""The options of composites, as scripts write them."""

from __future__ import annotations

from typing import Any

import pytest
from canned_agents import Canned

from llmspell.agents.composite_options import CompositeOptions, check_options, options_from
from llmspell.errors import BadArgument


def test_a_table_makes_options() -> None:
    judge = Canned("judge")
    made = options_from("debate", {"judge": judge, "rounds": 3, "choices": ["a", "b"], "field": None})
    assert made == CompositeOptions(judge=judge, rounds=3, choices=("a", "b"))
    assert options_from("vote", {}) == CompositeOptions()


@pytest.mark.parametrize(("given", "on_error"), [(True, "fail_fast"), (False, "continue")])
def test_fail_fast_is_another_spelling(given: bool, on_error: str) -> None:
    assert options_from("parallel", {"fail_fast": given}).on_error == on_error


def test_an_unknown_option_names_the_nearest_of_the_pattern() -> None:
    with pytest.raises(BadArgument, match='no option "judges"') as caught:
        options_from("vote", {"judges": 1})
    assert "judge" in caught.value.hint
    assert caught.value.details["path"] == "$.judges"


@pytest.mark.parametrize(
    ("pattern", "options", "message"),
    [
        ("sequential", {"rounds": 3}, "sequential has no option rounds, it has on_error"),
        ("vote", {"rounds": 3}, "vote has no option rounds"),
        ("parallel", {"on_error": "stop"}, "on_error is fail_fast or continue"),
        ("parallel", {"max_concurrency": 0}, "max_concurrency is an integer from 1"),
        ("parallel", {"max_concurrency": True}, "not a boolean"),
        ("debate", {"rounds": 21}, "rounds is an integer from 1 to 20"),
        ("vote", {"field": 3}, "field is a name"),
        ("vote", {"choices": ("a", "")}, "choices is a list of texts"),
        ("vote", {"choices": "ab"}, "choices is a list of texts"),
        ("vote", {"choices": ("a",)}, "2 to 1000 different texts"),
        ("vote", {"choices": ("a", "a")}, "2 to 1000 different texts"),
        ("vote", {"judge": 3}, "the judge is an agent or a model's name"),
        ("route", {}, "a route needs a router.*there is none"),
        ("route", {"router": 3}, "a route needs a router"),
        ("route", {"router": Canned("r"), "fallback": "c"}, 'the fallback "c" is no member'),
    ],
)
def test_what_an_option_cannot_be_is_refused(pattern: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(BadArgument, match=message) as caught:
        check_options(pattern, CompositeOptions(**options), ["a", "b"])
    assert caught.value.details["path"].startswith("$.")


@pytest.mark.parametrize(
    ("pattern", "options"),
    [
        ("sequential", {"on_error": "continue"}),
        ("parallel", {"max_concurrency": 1}),
        ("debate", {"rounds": 20, "judge": Canned("j"), "choices": ("a", "b")}),
        ("route", {"router": Canned("r"), "fallback": "b"}),
    ],
)
def test_what_an_option_can_be_is_taken(pattern: str, options: dict[str, Any]) -> None:
    made = CompositeOptions(**options)
    assert check_options(pattern, made, ["a", "b"]) is made


def test_fail_fast_is_true_or_false() -> None:
    with pytest.raises(BadArgument, match="fail_fast is true or false"):
        options_from("vote", {"fail_fast": "no"})
