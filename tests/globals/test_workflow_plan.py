"""What `Workflow.from_file` and `Workflow.plan` refuse before a model is asked."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from llmspell.effects.context import RunContext, library_context
from llmspell.errors import BadArgument, PermissionDenied
from llmspell.globals.workflow_plan import planned, read_file
from llmspell.tools.registry import ToolRegistry
from llmspell.workflows.services import WorkflowServices

STEP = 'steps = [{ name = "a", tool = "calculator", input = { input = "1" } }]\n'


def services() -> WorkflowServices:
    return WorkflowServices(tools=ToolRegistry())


def context(*names: str) -> RunContext:
    ctx = library_context()
    if names:
        ctx.run.profile = replace(ctx.profile, globals=names)
    return ctx


def test_a_script_that_has_no_agents_gets_none_by_way_of_a_file(tmp_path: Path) -> None:
    plain, asking = tmp_path / "plain.toml", tmp_path / "asking.toml"
    plain.write_text(STEP)
    asking.write_text(STEP + '[agents.writer]\nmodel = "echo"\n')
    assert asyncio.run(read_file(context("Workflow"), str(plain), services())).name == "plain"
    with pytest.raises(PermissionDenied, match="asking.toml has agents, and the profile none has none"):
        asyncio.run(read_file(context("Workflow"), str(asking), services()))
    assert asyncio.run(read_file(context("Workflow", "Agent"), str(asking), services())).name == "asking"


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"tools": {"a": 1}}, "$.tools"),
        ({"tools": [1]}, "$.tools"),
        ({"agents": ["x"]}, "$.agents"),
        ({"agents": 3}, "$.agents"),
        ({"model": 3}, "$.model"),
        ({"max_steps": 1001}, "$.max_steps"),
        ({"repairs": -1}, "$.repairs"),
    ],
)
def test_what_a_plan_is_asked_with_is_checked(fields: dict[str, Any], path: str) -> None:
    given: dict[str, Any] = {"goal": "g", "agents": None, "tools": "calculator", "model": None, "max_steps": None}
    given |= {"input_schema": None, "repairs": None, **fields}
    with pytest.raises(BadArgument) as caught:
        asyncio.run(planned(context(), services(), None, **given))  # type: ignore[arg-type]
    assert caught.value.details["path"] == path
