"""What a hook's return value means."""

import pytest

from llmspell.errors import BadArgument
from llmspell.events.moment import Moment
from llmspell.events.outcome import ACTIONS, Outcome, read_outcome
from llmspell.events.points import ANYWHERE, POINTS

BEFORE, AFTER, ERROR = POINTS["BeforeToolExecution"], POINTS["AfterToolExecution"], POINTS["ToolError"]


def moment(point=BEFORE, **more):
    return Moment(point.name, "tool", "t", {"n": 1, "list": []}, **more)


def read(returned, point=BEFORE, **more):
    return read_outcome(returned, moment(point, **more), point)


@pytest.mark.parametrize("returned", [None, True, "continue", {"type": "continue"}, "Continue", {}])
def test_these_say_nothing(returned):
    assert read(returned).action == "continue"


def test_false_cancels():
    assert read(False).action == "cancel"


@pytest.mark.parametrize(
    ("returned", "outcome"),
    [
        ({"type": "modified", "data": {"n": 2}}, Outcome("modified", {"n": 2})),
        ({"type": "modify", "data": None}, Outcome("modified")),
        ({"type": "cancel", "reason": "no"}, Outcome("cancel", reason="no")),
        ("cancel", Outcome("cancel")),
        ({"type": "replace", "data": 7}, Outcome("replace", 7)),
        ({"type": "cache", "ttl_s": 5, "key": "k"}, Outcome("cache", ttl_s=5, key="k")),
        ({"type": "cache", "ttl": 7}, Outcome("cache", ttl_s=7)),
        ({"type": "redirect", "target": "u"}, Outcome("redirect", target="u")),
        ({"type": "redirect", "to": "u"}, Outcome("redirect", target="u")),
        ({"type": "redirect", "data": "u"}, Outcome("redirect", target="u")),
        ({"type": "skipped", "reason": "asleep"}, Outcome("skipped", reason="asleep")),
        ({"type": "cancel", "metadata": {"a": 1}}, Outcome("cancel", metadata={"a": 1})),
    ],
)
def test_a_table_with_a_type_says_what_shall_happen(returned, outcome):
    assert read(returned) == outcome


def test_a_retry_says_how_often_and_after_how_long():
    assert read({"type": "retry", "delay_ms": 1500, "max_attempts": 5}, ERROR) == Outcome(
        "retry", delay_s=1.5, max_attempts=5
    )


def test_a_context_that_was_changed_changes_what_the_point_is_about():
    told = moment().to_value()
    assert read({**told, "input": {"n": 2, "list": []}}) == Outcome("modified", {"n": 2, "list": []})
    assert read(told).action == "continue"
    assert read({**told, "input": {"n": 1, "list": {}}}).action == "continue"  # Lua has one empty table for both
    after = moment(AFTER, output={"a": 1}).to_value()
    assert read({**after, "output": {"a": 2}, "input": 5}, AFTER, output={"a": 1}) == Outcome("modified", {"a": 2})
    assert read({**told, "metadata": {"seen": True}}) == Outcome(metadata={"seen": True})


@pytest.mark.parametrize(
    ("returned", "message", "hint"),
    [
        ({"type": "cancl"}, 'the unknown type "cancl"', "cancel"),
        ("stop", 'the unknown type "stop"', "one of continue"),
        ({"type": 5}, "is a text", "one of"),
        (5, "not a number", ""),
        (print, "not a function", ""),
        (object(), "not an object of object", ""),
        ([1], "not a list", ""),
        ({"type": "cancel", "reson": "x"}, 'no field "reson"', "reason"),
        ({"result": 1}, 'with neither a type nor a context, but "result"', "{type"),
        ({"type": "retry"}, 'cannot have the effect "retry"', "modified, cancel"),
        ({"type": "redirect"}, "must name its target", "target"),
        ({"type": "modified"}, "must be given as data", "data"),
        ({"type": "cache", "ttl_s": -1}, "ttl_s is a number from 0", ""),
        ({"type": "cache", "ttl_s": True}, "ttl_s is a number from 0", ""),
        ({"type": "cache", "ttl_s": float("nan")}, "ttl_s is a number from 0", ""),
        ({"type": "cancel", "metadata": 3}, "metadata is a table", ""),
    ],
)
def test_what_means_nothing_is_an_error_that_says_so(returned, message, hint):
    with pytest.raises(BadArgument, match=message) as caught:
        read(returned)
    assert hint in caught.value.hint


def test_a_retry_has_no_new_input_because_nobody_would_look_at_it():
    with pytest.raises(BadArgument, match="same input"):
        read({"type": "retry", "data": {"n": 9}}, ERROR)
    with pytest.raises(BadArgument, match="max_attempts is a number from 0 to 10"):
        read({"type": "retry", "max_attempts": 11}, ERROR)


def test_a_point_that_only_tells_says_that_a_hook_can_only_watch():
    point = POINTS["SystemShutdown"]
    with pytest.raises(BadArgument) as caught:
        read({"type": "cancel"}, point)
    assert caught.value.hint == "it can only watch"
    assert read("skipped", point).action == "skipped"


def test_every_action_of_every_point_is_one():
    for point in POINTS.values():
        assert set(point.actions) <= set(ACTIONS) - set(ANYWHERE)
        assert ("modified" in point.actions) == bool(point.subject)
