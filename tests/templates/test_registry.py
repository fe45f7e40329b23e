"""Templates by name: what is known of them, how they are found, and what bounds them."""

from __future__ import annotations

import asyncio
import re
from importlib.resources import files
from typing import Any

import pytest
from template_bench import Bench, by

from llmspell.errors import AgentStopped, BadArgument, BudgetExceeded, InvalidParams, NotFound
from llmspell.templates.built_in import NAMES, load
from llmspell.templates.registering import registered
from llmspell.templates.registry import MAX_DEPTH, MAX_REGISTERED
from llmspell.tools.validation import check_params


def function(name: str, call: Any, parameters: Any = None, **more: Any) -> Any:
    async def run(ctx: Any, params: Any) -> Any:
        found = call(params)
        return await found if hasattr(found, "__await__") else found

    return registered(name, f"The template {name}.", parameters, run, None, **more)


def test_the_box_has_a_declaration_for_each_module_and_no_other() -> None:
    found = {it.name for it in files("llmspell.templates").joinpath("built_in").iterdir() if it.name.endswith(".toml")}
    assert found == {f"{it}.toml" for it in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_each_says_what_it_is_and_its_examples_are_valid(name: str, bench: Bench) -> None:
    info = bench.templates.info(name)
    assert len(info["description"]) > 40
    assert len(info["limits"]) > 20
    assert len(info["gives"]) > 20
    assert info["tags"] and info["examples"]
    for it in info["parameters"]:
        assert it["description"], it["name"]
        assert it["required"] or "default" in it or it["name"] == "input", it["name"]
    for example in info["examples"]:
        check_params(name, info["schema"], example)
    for role in load(name).prompts.values():
        # What is shown to it is material: each prompt that is shown something says so.
        assert "instruction" in role.system or role.name in (
            "planner",
            "outliner",
            "specifier",
            "competitor",
            "member",
        ), role
        assert role.answer_tokens <= role.most_tokens


@pytest.mark.parametrize("name", NAMES)
def test_the_defaults_are_valid_by_their_own_schema(name: str, bench: Bench) -> None:
    schema = bench.templates.find(name).parameters
    known = {key: it["default"] for key, it in schema["properties"].items() if "default" in it}
    given = {**bench.templates.info(name)["examples"][0]}
    assert check_params(name, schema, {**known, **given})


def test_lists_are_filtered_and_searched(bench: Bench) -> None:
    names = [it["name"] for it in bench.templates.list()]
    assert names == sorted(NAMES)
    assert [it["name"] for it in bench.templates.list(category="Development")] == ["code-generator", "code-review"]
    assert [it["name"] for it in bench.templates.list(tag="CITATIONS")] == ["research-assistant"]
    assert [it["name"] for it in bench.templates.search("code security")] == ["code-review"]
    assert bench.templates.search("review")[0]["name"] == "code-review"
    assert bench.templates.search("xylophone") == []


def test_names_have_spellings_and_unknown_ones_name_the_nearest(bench: Bench) -> None:
    assert bench.templates.find(" Code_Review ").name == "code-review"
    with pytest.raises(NotFound) as caught:
        bench.run("code-reviw")
    assert caught.value.hint.startswith("did you mean code-review")
    with pytest.raises(InvalidParams) as wrong:
        bench.run("debate", "x", question="x", round=2)
    assert "rounds" in wrong.value.hint
    assert wrong.value.details["path"] == "$.round"


def test_an_execution_is_one_effect_with_the_calls_inside_of_it(bench: Bench) -> None:
    bench.run("ensemble", by("", text="x"), task="y", members=2)
    entries = bench.journal.entries(bench.run_.run_id)
    (whole,) = [it for it in entries if it.target == "template"]
    assert (whole.method, whole.args["task"]) == ("ensemble", "y")
    models = [it for it in entries if it.target == "model"]
    assert len(models) == 3
    assert all(it.key.startswith(f"{whole.key}/") for it in models)


def test_usage_and_cost_are_of_all_models_inside_whoever_asks_them(bench: Bench) -> None:
    turn = {"when": {}, "text": "x", "usage": {"input_tokens": 10, "output_tokens": 3}, "cost_usd": 0.5}
    model = bench.model(turn)

    async def twice(params: Any) -> Any:
        first = await bench.templates.execute(bench.context, "interactive-chat", {"message": "a", "model": model})
        return first.cost_usd

    bench.templates.register(function("outer", twice))
    alone = asyncio.run(bench.templates.execute(bench.context, "ensemble", {"task": "x", "members": 2, "model": model}))
    assert (alone.calls, alone.usage.input_tokens, alone.cost_usd) == (3, 30, 1.5)
    assert alone.to_value()["metrics"]["usage"]["total_tokens"] == 39


def test_a_budget_of_the_run_stops_a_template(bench: Bench) -> None:
    from llmspell.effects.budget import Budget

    bench.run_.budgets = (Budget("run", tokens=200),)
    with pytest.raises(BudgetExceeded) as caught:
        bench.run("debate", by("", text="x"), question="x" * 600)
    assert caught.value.details["template"] == "debate"


def test_a_function_is_a_template(bench: Bench) -> None:
    made = function(
        "greet", lambda params: f"hi {params['who']}", {"who": "string"}, tags=["x"], examples=[{"who": "Ada"}]
    )
    bench.templates.register(made)
    done = bench.run("greet", who="Ada")
    assert (done.outcome.text, done.outcome.result, done.metadata["template"]) == ("hi Ada", "hi Ada", "greet")
    whole = {"success": False, "text": "no", "artifacts": [{"path": "a/b.txt", "content": "c"}], "metadata": {"why": 1}}
    bench.templates.register(function("Greet", lambda params: whole))
    again = bench.run("greet").to_value()
    assert (again["success"], again["text"], again["result"], again["metadata"]["why"]) == (False, "no", "no", 1)
    assert again["artifacts"] == [{"path": "a/b.txt", "content": "c", "mime": "text/plain", "bytes": 1}]
    estimate = bench.estimate("greet")
    assert (estimate["calls"], estimate["usd"], estimate["confidence"]) == (None, None, "low")
    assert "nobody can know" in estimate["notes"][0]


@pytest.mark.parametrize("artifact", [{"path": "../x", "content": ""}, {"path": "x"}, 3])
def test_an_artifact_that_is_none_is_refused(artifact: Any, bench: Bench) -> None:
    bench.templates.register(function("bad", lambda params: {"text": "", "artifacts": [artifact]}))
    with pytest.raises(Exception, match="artifact"):
        bench.run("bad")


def test_templates_in_templates_come_to_an_end(bench: Bench) -> None:
    depths: list[int] = []

    async def again(ctx: Any, params: Any) -> Any:
        depths.append(len(depths))
        return (await bench.templates.execute(ctx, "endless")).outcome.text

    bench.templates.register(registered("endless", "d", None, again, None))
    with pytest.raises(AgentStopped, match=f"would be the {MAX_DEPTH + 1}th inside"):
        bench.run("endless")
    assert len(depths) == MAX_DEPTH


def test_a_cycle_by_a_workflow_comes_to_an_end_too(bench: Bench) -> None:
    table = {"steps": [{"name": "again", "template": "cycle", "input": {}}]}
    bench.templates.register(registered("cycle", "d", None, None, table))
    done = bench.run("cycle")
    assert not done.outcome.success
    assert "inside of others" in done.outcome.text


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"name": "1x"}, "is not a name"),
        ({"name": "x"}, "there is neither"),
        ({"name": "x", "workflow": {"steps": []}, "call": print}, "both are given"),
        ({"name": "x", "workflow": 3}, "a workflow or a table"),
        ({"name": "x", "call": print, "parameters": {"a": "strng"}}, '"strng" is not a type'),
        ({"name": "x", "call": print, "description": "d" * 300_000}, "to describe"),
    ],
)
def test_what_is_no_template_is_not_registered(fields: dict[str, Any], message: str) -> None:
    given = {"description": "d", "parameters": None, "call": None, "workflow": None, **fields}
    with pytest.raises(BadArgument, match=re.escape(message)):
        registered(given["name"], given["description"], given["parameters"], given["call"], given["workflow"])


def test_a_run_registers_only_so_many(bench: Bench) -> None:
    for i in range(MAX_REGISTERED):
        bench.templates.register(function(f"t{i}", str))
    bench.templates.register(function("t0", str))  # in the place of the first
    with pytest.raises(BadArgument, match="at most"):
        bench.templates.register(function("one-more", str))
