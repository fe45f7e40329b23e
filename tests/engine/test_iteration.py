"""Loops over host objects, in every engine: one call for each value, until there are no more, or the loop is left."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fake_host import HostFailure, Outcome, handle, run_script

from llmspell.engine.languages import load_engine
from llmspell.interface.generated import BINDING

ENGINES = ["lua54", "luajit", "python"]


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def run(engine: str, lua: str, python: str, next_value: Callable[[], Any], **answers: Callable[..., Any]) -> Outcome:
    """Run the text in the engine's language; `Agent.get` gives a stream, whose `next` is `next_value`."""
    found = {
        "Agent.get": lambda name: handle(7 if name == "x" else 8, "AgentStream"),
        "#7.next": next_value,
        **{f"#7.{name}": it for name, it in answers.items()},
    }
    return run_script(
        load_engine(engine),
        python if engine == "python" else lua,
        lua="safe",
        python="safe",
        interface=BINDING,
        engine=engine,
        answers=found,
    )


def events(*texts: str) -> Callable[[], Any]:
    rest = iter(texts)
    return lambda: {"type": "text", "text": it} if (it := next(rest, None)) is not None else None


def n_next(outcome: Outcome) -> int:
    return sum(method == "next" for _, method, _, _ in outcome.host.calls)


def test_a_loop_asks_for_one_value_at_a_time_until_there_are_no_more(engine: str) -> None:
    outcome = run(
        engine,
        "for e in Agent.get('x') do print(e.text) end print('end')",
        "for e in Agent.get('x'):\n    print(e.text)\nprint('end')",
        events("a", "b"),
    )
    assert (outcome.kind, outcome.out, n_next(outcome)) == ("done", "a\nb\nend\n", 3)


def test_a_loop_over_nothing_is_not_entered(engine: str) -> None:
    outcome = run(
        engine,
        "for e in Agent.get('x') do print('never') end print('end')",
        "for e in Agent.get('x'):\n    print('never')\nprint('end')",
        events(),
    )
    assert (outcome.out, n_next(outcome)) == ("end\n", 1)


def test_a_loop_that_is_left_asks_for_nothing_more_and_can_be_gone_on_with(engine: str) -> None:
    outcome = run(
        engine,
        "local s = Agent.get('x')\nfor e in s do print(e.text) break end\nprint(0)\nfor e in s do print(e.text) end",
        "s = Agent.get('x')\nfor e in s:\n    print(e.text)\n    break\nprint(0)\nfor e in s:\n    print(e.text)",
        events("a", "b"),
    )
    assert (outcome.out, n_next(outcome)) == ("a\n0\nb\n", 3)


def test_an_error_of_the_host_leaves_the_loop_where_it_can_be_caught(engine: str) -> None:
    values = iter(["a"])

    def next_value() -> Any:
        for it in values:
            return {"text": it}
        raise HostFailure(code="provider_error", message="broke off")

    outcome = run(
        engine,
        "print(select(2, pcall(function() for e in Agent.get('x') do print(e.text) end end)).code)",
        "try:\n    for e in Agent.get('x'):\n        print(e.text)\nexcept ProviderError as e:\n    print(e.code)",
        next_value,
    )
    assert outcome.out == "a\nprovider_error\n"


def test_calls_of_the_loops_body_go_to_the_host_between_its_values(engine: str) -> None:
    outcome = run(
        engine,
        "local s = Agent.get('x')\nfor e in s do print(e.text, s:result().text) end",
        "s = Agent.get('x')\nfor e in s:\n    print(e.text, s.result().text, sep='\\t')",
        events("a", "b"),
        result=lambda: {"text": "r"},
    )
    assert outcome.out == "a\tr\nb\tr\n"
    assert [method for _, method, _, _ in outcome.host.calls] == ["get", "next", "result", "next", "result", "next"]


def test_other_tasks_go_on_while_a_loop_waits(engine: str) -> None:
    outcome = run(
        engine,
        "Async.spawn(function() print('other') end)\nfor e in Agent.get('x') do print(e.text) end",
        "Async.spawn(lambda: print('other'))\nfor e in Agent.get('x'):\n    print(e.text)",
        events("a"),
    )
    assert sorted(outcome.out.split()) == ["a", "other"]


def test_what_loops_in_a_language_loops_over_it(engine: str) -> None:
    """Comprehensions and the like in Python; in Lua whatever calls an iterator."""
    outcome = run(
        engine,
        "local s, all = Agent.get('x'), {}\nlocal e = s()\nwhile e do all[#all + 1] = e.text e = s() end\n"
        "print(table.concat(all, '-'))",
        "print('-'.join([e.text for e in Agent.get('x')]))",
        events("a", "b", "c"),
    )
    assert outcome.out == "a-b-c\n"


def test_an_object_that_is_no_iterator_cannot_be_looped_over(engine: str) -> None:
    answers = {"Agent.get": lambda name: handle(7, "AgentObject", name="a", id="a-1", description="", model="")}
    lua = "print(pcall(function() for e in Agent.get('x') do end end))"
    python = "try:\n    for e in Agent.get('x'):\n        pass\nexcept TypeError as e:\n    print('False', e)"
    outcome = run_script(
        load_engine(engine),
        python if engine == "python" else lua,
        lua="safe",
        python="safe",
        interface=BINDING,
        engine=engine,
        answers=answers,
    )
    assert outcome.out.lower().startswith("false") and n_next(outcome) == 0


@pytest.mark.parametrize("engine", ["lua54", "python"])  # LuaJIT runs no finalizers for tables
def test_a_stream_that_nobody_holds_is_given_back_before_one_that_is_held(engine: str) -> None:
    outcome = run(
        engine,
        "kept = Agent.get('y')\ndo for e in Agent.get('x') do break end end\ncollectgarbage() collectgarbage()",
        "kept = Agent.get('y')\nfor e in Agent.get('x'):\n    break",
        events("a"),
    )
    assert outcome.kind == "done" and outcome.host.released[:1] == [7]
