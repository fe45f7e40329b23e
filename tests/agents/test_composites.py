"""Composites of several agents: in a row, all at once, nested, and what happens when one fails."""

from __future__ import annotations

from typing import Any

import pytest
from canned_agents import Canned, ask, execute, watching
from hypothesis import given
from hypothesis import strategies as st

from llmspell.agents.as_tool import as_tool
from llmspell.agents.composite_options import CompositeOptions
from llmspell.agents.composites import PATTERNS, create_composite
from llmspell.agents.protocol import AgentInput
from llmspell.effects.context import RunContext, task_context
from llmspell.effects.run import Run
from llmspell.errors import BadArgument, ToolFailed
from llmspell.journal.memory import MemoryJournal
from llmspell.models.messages import Media, assistant, user
from llmspell.security.profile import resolve_profile
from llmspell.security.redact import Redactor

CONTINUE = CompositeOptions(on_error="continue")


def echo(name: str) -> Canned:
    async def answer(ctx: RunContext, input: AgentInput) -> str:
        return f"{name}({input.text})"

    return Canned(name, answer)


def test_in_a_row_the_answer_of_one_is_what_the_next_is_asked() -> None:
    result = execute(create_composite("line", [echo("a"), echo("b"), echo("c")], "sequential"), "x")
    assert result.text == "c(b(a(x)))"
    assert (result.agent, result.model) == ("line", "canned/c")
    assert result.messages == (user("x"), assistant("c(b(a(x)))"))
    assert result.metadata["pattern"] == "sequential"
    assert [it["text"] for it in result.metadata["members"]] == ["a(x)", "b(a(x))", "c(b(a(x)))"]
    assert result.cost_usd == pytest.approx(0.03)


def test_pictures_go_to_the_first_and_context_to_all_and_a_schema_to_the_last() -> None:
    picture = Media("image", "image/png", b"x")
    first, last = Canned("a"), Canned("b", {"n": 1})
    schema = {"type": "object"}
    asked = AgentInput((user("look", picture),), {"schema": schema, "temperature": 0.5}, {"year": 1773})
    result = execute(create_composite("line", [first, last], "sequential"), asked)
    assert picture in first.asked[0].messages[0].parts
    assert first.asked[0].overrides == {"temperature": 0.5}
    assert last.asked[0].overrides == {"schema": schema, "temperature": 0.5}
    assert first.asked[0].context == last.asked[0].context == {"year": 1773}
    assert result.data == {"n": 1}


def test_in_a_row_a_failure_ends_it_unless_it_is_to_go_on() -> None:
    members = [echo("a"), Canned("bad", ToolFailed("broken")), echo("c")]
    with pytest.raises(ToolFailed, match="broken"):
        execute(create_composite("line", members, "sequential"), "x")
    assert members[2].asked == []
    result = execute(create_composite("line", members, "sequential", CONTINUE), "x")
    assert result.text == "c(a(x))"
    assert [it["success"] for it in result.metadata["members"]] == [True, False, True]


def test_all_at_once_gives_each_answer_by_name() -> None:
    members = [echo("a"), Canned("b", {"n": 1})]
    result = execute(create_composite("both", members, "parallel"), "x")
    assert result.data == {"a": "a(x)", "b": {"n": 1}}
    assert result.text == "## a\n\na(x)\n\n## b\n\n{'n': 1}"


def test_one_agent_may_be_there_several_times() -> None:
    agent = echo("a")
    assert execute(create_composite("three", [agent] * 3, "parallel"), "x").data == {
        "a": "a(x)",
        "a-2": "a(x)",
        "a-3": "a(x)",
    }


@pytest.mark.parametrize("pattern", ["sequential", "parallel", "vote", "debate"])
def test_when_all_have_failed_the_first_failure_is_the_wholes(pattern: str) -> None:
    members = [Canned("a", ToolFailed("first")), Canned("b", ToolFailed("second"))]
    with pytest.raises(ToolFailed, match="first"):
        execute(create_composite("all", members, pattern, CONTINUE), "x")


def test_composites_are_members_of_composites_and_tools() -> None:
    both = create_composite("both", [echo("a"), echo("b")], "parallel")
    line = create_composite("line", [both, echo("c")], "sequential")
    assert execute(line, "x").text == "c(## a\n\na(x)\n\n## b\n\nb(x))"
    assert as_tool(line).description == "sequential of both, c"


def test_each_member_is_an_effect_below_the_composites_own() -> None:
    journal = MemoryJournal(Redactor())
    run = Run(resolve_profile("medium"), journal)
    journal.begin(run.record(script="x.lua", language="lua", content_hash=""))
    inner = create_composite("inner", [echo("a"), echo("b")], "parallel")
    execute(create_composite("line", [inner, echo("c")], "sequential"), "x", task_context(run))
    entries = {it.key: (it.method, it.parent) for it in journal.entries(run.run_id)}
    assert entries == {
        "0:1": ("line", ""),
        "0:1/inner/1": ("inner", "0:1"),
        "0:1/inner/1/a/1": ("a", "0:1/inner/1"),
        "0:1/inner/1/b/1": ("b", "0:1/inner/1"),
        "0:1/c/1": ("c", "0:1"),
    }


def test_a_watcher_sees_the_members_and_one_end() -> None:
    inner = create_composite("inner", [echo("a")], "sequential")
    _, seen = watching(create_composite("outer", [inner], "sequential"), "x")
    assert [(it.kind, it.agent) for it in seen] == [
        ("text", "a"),
        ("progress", "inner"),
        ("progress", "outer"),
        ("done", "outer"),
    ]


@pytest.mark.parametrize(
    ("pattern", "n_members", "message", "hint"),
    [
        ("paralel", 1, 'there is no pattern "paralel"', "parallel"),
        ("", 1, "there is no pattern", "one of sequential"),
        ("vote", 0, "1 to 1000 members, not 0", ""),
        ("vote", 1001, "1 to 1000 members, not 1001", ""),
    ],
)
def test_what_is_no_composite_is_refused(pattern: str, n_members: int, message: str, hint: str) -> None:
    with pytest.raises(BadArgument, match=message) as caught:
        create_composite("x", [Canned("a")] * n_members, pattern)
    assert hint in caught.value.hint


def test_its_parts_are_known() -> None:
    a, judge, router = Canned("a"), Canned("judge"), Canned("router")
    voting = create_composite("v", [a], "vote", CompositeOptions(judge=judge))
    assert voting.parts() == (("member", a), ("judge", judge))

    async def choose(text: str, names: Any) -> str:
        return "a"

    assert create_composite("r", [a], "route", CompositeOptions(router=router)).parts()[1] == ("router", router)
    assert create_composite("r", [a], "route", CompositeOptions(router=choose)).parts() == (("member", a),)


def shape() -> st.SearchStrategy[Any]:
    """Nested composites as (pattern, members), and names of leaves."""
    return st.recursive(
        st.sampled_from("abc"),
        lambda inner: st.tuples(
            st.sampled_from(["sequential", "parallel", "vote"]), st.lists(inner, min_size=1, max_size=3)
        ),
        max_leaves=8,
    )


@given(shape())
def test_however_they_are_nested_every_leaf_is_paid_once(described: Any) -> None:
    leaves: list[Canned] = []

    def build(it: Any) -> Any:
        if isinstance(it, str):
            leaves.append(Canned(it, "yes", cost_usd=1.0))
            return leaves[-1]
        pattern, members = it
        return create_composite(f"{pattern}", [build(member) for member in members], pattern)

    result = execute(create_composite("root", [build(described)], "sequential"), ask())
    assert result.cost_usd == len(leaves)
    assert all(len(it.asked) == 1 for it in leaves)
    keys = [key for it in leaves for key in it.keys]
    assert len(set(keys)) == len(keys)


def test_every_pattern_of_the_api_is_there() -> None:
    assert list(PATTERNS) == ["sequential", "parallel", "vote", "debate", "route"]
