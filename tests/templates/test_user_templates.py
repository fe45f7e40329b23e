"""Templates in files of the user's, and those that are workflows."""

from __future__ import annotations

from typing import Any

import pytest
from template_bench import Bench, by

from llmspell.cli.template_new import TOML
from llmspell.config.load import load_settings
from llmspell.errors import ConfigError, InvalidParams
from llmspell.templates.folders import TemplateFiles
from llmspell.templates.registering import registered

POEM = """
description = "Writes a poem"
category = "verse"
tags = ["poem"]
limits = "It does not rhyme."
gives = "poem; about"
output = { poem = "{{steps.write.text}}", about = "{{input.topic}}" }

[parameters.topic]
description = "What it is about"

[parameters.lines]
default = 4
maximum = 20

[agents.poet]
system_prompt = "A poem of {{ lines }} lines."
max_tokens = 100

[workflow]
steps = [{ name = "write", agent = "poet", input = "About {{input.topic}}." }]

[[examples]]
topic = "rain"
"""


def test_a_file_is_a_template_with_agents_a_workflow_and_an_output(bench: Bench) -> None:
    bench.file("templates/Rain_Poem.toml", POEM)
    row = next(it for it in bench.templates.list(category="verse"))
    assert (row["name"], row["description"]) == ("rain-poem", "Writes a poem")
    assert row["origin"].endswith("Rain_Poem.toml")
    done = bench.run("rain_poem", by("A poem of 4 lines.", text="{{input}} Drops."), topic="rain")
    assert done.outcome.result == {"poem": "About rain. Drops.", "about": "rain"}
    assert done.calls == 1
    assert done.outcome.metadata["steps"] == [{"name": "write", "kind": "agent", "status": "succeeded", "error": None}]
    estimate = bench.estimate("rain-poem", topic="rain", model="openai/gpt-5-mini")
    assert (estimate["calls"], estimate["max"]["output_tokens"], estimate["confidence"]) == (1, 100, "medium")
    assert estimate["usd"] > 0
    info = bench.templates.info("rain-poem")
    assert [it["name"] for it in info["parameters"]] == ["topic", "lines", "model"]
    assert (info["limits"], info["gives"], info["roles"]) == ("It does not rhyme.", "poem; about", ["poet"])
    with pytest.raises(InvalidParams, match="at most 20"):
        bench.run("rain-poem", "x", topic="x", lines=21)


def test_a_file_comes_before_the_box_and_a_change_counts_at_once(bench: Bench) -> None:
    assert bench.templates.info("debate")["origin"] == "built in"
    bench.file("templates/debate.toml", POEM)
    assert bench.templates.info("debate")["description"] == "Writes a poem"
    assert len([it for it in bench.templates.list() if it["name"] == "debate"]) == 1
    (bench.folder / "templates/debate.toml").unlink()
    assert bench.templates.info("debate")["origin"] == "built in"


def test_the_starter_runs(bench: Bench) -> None:
    bench.file("templates/mine.toml", TOML.format(name="mine"))
    done = bench.run("mine", topic="tides", model="echo")
    assert done.outcome.text == "Shorten this text: Write about tides."
    assert bench.estimate("mine", topic="tides", model="echo")["calls"] == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("descripton = 'x'", "descripton: a template has no such key"),
        ("description = 'x'", "workflow: a template needs one"),
        ("[workflow]\nsteps = []", "description: a template needs one"),
        ("description = 'x'\n[workflow", "2: not TOML"),
        (POEM.replace("system_prompt", "system_promt"), "agents.poet.system_promt: an agent has no such field"),
        (POEM.replace("max_tokens = 100", "api_key = 'x'"), "an agent of a template cannot have it"),
        (POEM.replace("default = 4", "default = 40"), "parameters.lines.default"),
        (POEM.replace("parameters.lines", "parameters.model"), "every template has it already"),
        (POEM.replace("maximum = 20", "pattern = 'x'"), "is not supported"),
        (POEM + "subject = 'x'", 'examples.0.: examples.0. has no parameter "subject"'),
        (POEM.replace('tags = ["poem"]', "tags = 3"), "tags: a list of texts"),
    ],
)
def test_a_mistake_names_the_file_and_the_key_and_the_others_are_still_there(
    text: str, message: str, bench: Bench
) -> None:
    bench.file("templates/bad.toml", text)
    with pytest.raises(ConfigError, match=rf"bad\.toml.*{message}"):
        bench.templates.find("bad")
    rows = {it["name"]: it for it in bench.templates.list()}
    assert message.split(":")[0].split(".")[0] in rows["bad"]["error"]
    assert "debate" in rows


@pytest.mark.parametrize(
    ("workflow", "message"),
    [
        ("steps = [{ name = 'a', agent = 'nobody', input = 'x' }]", "nobody"),
        ("steps = [{ name = 'a', tool = 'calculater', input = 'x' }]", "calculater"),
        ("steps = [{ name = 'a', agent = 'poet', input = '{{steps.b.text}}' }]", "b"),
    ],
)
def test_a_mistake_in_the_workflow_is_told_before_anything_runs(workflow: str, message: str, bench: Bench) -> None:
    before, _, after = POEM.replace("output =", "# ").partition("steps = [")
    bench.file("templates/bad.toml", before + workflow + after[after.index("\n") :])
    with pytest.raises(Exception, match=message):
        bench.run("bad", topic="x", model="echo")
    assert not bench.requests


def test_a_link_that_leads_out_of_the_folder_is_refused(bench: Bench) -> None:
    bench.file("elsewhere.toml", POEM)
    (bench.folder / "templates").mkdir()
    (bench.folder / "templates/linked.toml").symlink_to(bench.folder / "elsewhere.toml")
    with pytest.raises(ConfigError, match="leads out of its folder"):
        bench.templates.find("linked")


def test_folders_are_those_of_the_settings(tmp_path: Any) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own/x.toml").write_text(POEM)
    (tmp_path / "s.toml").write_text('templates.paths = ["own"]')
    found = TemplateFiles.of(load_settings(files=[str(tmp_path / "s.toml")], environ={"HOME": str(tmp_path)}))
    assert found.names() == ["x"]
    assert found.find("X") is not None
    assert found.find("y") is None


def test_a_workflow_is_a_template_whose_failure_is_told(bench: Bench) -> None:
    table = {"steps": [{"name": "up", "tool": "calculator", "input": {"input": "{{input.sum}}"}}]}
    bench.templates.register(registered("sum", "Adds.", {"sum": "string"}, None, table))
    assert bench.run("sum", sum="1+2").outcome.result == 3
    failed = bench.run("sum", sum="1/0")
    assert not failed.outcome.success
    assert failed.outcome.metadata["error"]["code"] == "division_by_zero"
    assert bench.estimate("sum", sum="1")["calls"] == 0


def test_estimates_of_workflows_see_loops_conditions_and_what_nobody_knows(bench: Bench) -> None:
    agent = {"name": "a", "agent": "ada", "input": "{{input.x}} {{steps.z}}"}
    bench.agents.create({"name": "ada", "model": "echo", "system_prompt": "You are Ada."})

    def estimate(**table: Any) -> Any:
        bench.templates.register(registered("w", "d", {"x": "string?"}, None, table))
        return bench.estimate("w")

    plain = {**agent, "input": "hello"}
    loop = estimate(type="loop", collection=[1, 2, 3, 4], steps=[plain])
    assert (loop["calls"], loop["max"]["calls"], loop["confidence"], loop["usd"]) == (4, 4, "low", 0.0)
    branch = estimate(type="conditional", condition={"type": "always"}, then_steps=[plain], else_steps=[])
    assert (branch["min"]["calls"], branch["max"]["calls"]) == (0, 1)
    inner = estimate(steps=[{"name": "in", "workflow": {"name": "i", "steps": [plain]}}, {**plain, "name": "b"}])
    assert inner["calls"] == 2
    unknown = estimate(steps=[plain, {"name": "t", "template": "debate", "input": {"question": "x"}}])
    assert (unknown["calls"], unknown["notes"]) == (1, ["what a template asks is left out"])
    assert estimate(steps=[{"name": "f", "fn": lambda step: 1}])["calls"] is None
