"""A workflow of a file: its agents made, its steps checked, every mistake with the file and the line it is in."""

from __future__ import annotations

import copy
import itertools
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any

from llmspell.errors import AgentNotFound, LLMSpellError
from llmspell.names import name_key
from llmspell.workflows.checks import problems
from llmspell.workflows.file_lines import place_of
from llmspell.workflows.graph_order import links_of
from llmspell.workflows.reading import read_workflow
from llmspell.workflows.workflow import Workflow, workflow_from

if TYPE_CHECKING:
    from llmspell.agents.registry import AgentRegistry
    from llmspell.effects.context import RunContext
    from llmspell.workflows.files import WorkflowFile
    from llmspell.workflows.services import WorkflowServices
    from llmspell.workflows.spec import WorkflowSpec
    from llmspell.workflows.step_reading import Nested

MAX_PROBLEMS = 100  # that are listed
MAX_READINGS = 20  # of a file, each without one more mistake


async def load_workflow(ctx: RunContext, file: WorkflowFile, services: WorkflowServices) -> Workflow:
    """Make the workflow that a file describes, and the agents that are its own. Nothing is sent.

    An agent that a step names, and that neither the run nor the file has, is made of the template of that name.

    Raises:
        LLMSpellError: What is wrong, with the file and the line.
    """
    async for problem in _make_agents(ctx, file, services):
        raise problem
    try:
        return workflow_from(file.table, services)
    except LLMSpellError as problem:
        raise file.located(problem) from problem


async def problems_of(ctx: RunContext, file: WorkflowFile, services: WorkflowServices) -> list[LLMSpellError]:
    """All that is wrong with a file, in place of the first of it that `load_workflow` raises."""
    found = [it async for it in _make_agents(ctx, file, services)]

    def nested(table: Mapping[str, Any], at: str) -> Workflow:
        return Workflow(read_workflow(table, nested, at=at), services, is_nested=True)

    spec, wrong = _read(file.table, nested)
    try:
        if spec is not None:
            wrong += itertools.islice(problems(spec, services, links_of(spec)), MAX_PROBLEMS)
        if not wrong and not found:
            workflow_from(file.table, services)  # how deep it goes, and what else concerns the whole
    except LLMSpellError as problem:
        wrong.append(problem)
    # An agent that could not be made is missing wherever it is named, which is no other mistake.
    return found + [file.located(it) for it in wrong if not (found and isinstance(it, AgentNotFound))]


def _read(table: Mapping[str, Any], nested: Nested) -> tuple[WorkflowSpec | None, list[LLMSpellError]]:
    """What a table says without what is wrong with it, and that; nothing where the rest cannot be told."""
    wrong: list[LLMSpellError] = []
    left: Any = table
    while True:
        try:
            return read_workflow(left, nested), wrong
        except LLMSpellError as problem:
            wrong.append(problem)
            left = copy.deepcopy(table) if left is table else left
            if len(wrong) > MAX_READINGS or not _take_out(left, problem):
                return None, wrong


def _take_out(table: dict[str, Any], problem: LLMSpellError) -> bool:
    """Take a mistake out of a table: a field that is not known, or what a step says but for its name and place."""
    place = place_of(str(problem.details.get("path", "$")))
    try:
        if "unknown" in problem.details and len(place) == 1:
            del table[str(place[0])]
            return True
        steps, at = table["steps"], place[1]
        bare = {it: steps[at][it] for it in ("name", "depends_on") if it in steps[at]} | {"template": "{{input}}"}
        if place[0] != "steps" or steps[at] == bare:
            return False
        steps[at] = bare
    except (LookupError, TypeError):
        return False
    return True


async def _make_agents(ctx: RunContext, file: WorkflowFile, services: WorkflowServices) -> AsyncIterator[LLMSpellError]:
    """Make the agents that the file describes or names. Gives what is wrong with them."""
    if services.agents is None or not (file.agents or file.agent_names):
        return
    registry = services.agents()
    for name, fields in file.agents.items():
        try:
            await _make(ctx, registry, name, fields)
        except LLMSpellError as problem:
            yield file.of_agent(name, problem)
    templates = set() if registry.templates is None else {name_key(it) for it in registry.templates.names()}
    for name, path in file.agent_names.items():
        if name not in registry and name not in file.agents and name_key(name) in templates:
            try:
                await registry.create_from_template(ctx, name, name)
            except LLMSpellError as problem:
                problem.details["path"] = path
                how = f"describe it in the file, [agents.{name}] with template and params"
                problem.hint = f"{problem.hint}; or {how}" if problem.hint else how
                yield file.located(problem)


async def _make(ctx: RunContext, registry: AgentRegistry, name: str, fields: Mapping[str, Any]) -> None:
    if "template" not in fields:
        await registry.make(ctx, {**fields, "name": name}, replace=True)
        return
    given = fields.get("params", {})
    own = {key: it for key, it in fields.items() if key not in ("template", "params")}
    params = {**(given if isinstance(given, Mapping) else {}), **own}
    await registry.create_from_template(ctx, name, str(fields["template"]), params, replace=True)
