"""Run a workflow that is given as a table, or planned for a goal by `workflows.planner`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.agents.protocol import Runnable
from llmspell.models.estimate import text_bytes, text_tokens
from llmspell.templates.estimate import calls_of
from llmspell.templates.protocol import Forecast, Outcome, Span
from llmspell.templates.workflow_template import WorkflowTemplate, run_workflow, workflow_of

if TYPE_CHECKING:
    from llmspell.templates.work import Work
    from llmspell.workflows.workflow import Workflow

_CHOICE_TOKENS = (30, 150, 600)  # what a planner is told of each tool and agent: its schema, too


async def execute(work: Work) -> Outcome:
    """Validate it, and show it or run it."""
    from llmspell.workflows.pictures.outline import to_outline  # late: most templates draw nothing

    workflow = await _workflow(work)
    table = workflow.to_table()
    if work.params["dry_run"]:
        return Outcome(to_outline(workflow.graph()), {"workflow": table}, metadata={"ran": False})
    outcome = await run_workflow(work, workflow, work.params.get("input"))
    result = {"output": outcome.result, "workflow": table}
    return Outcome(outcome.text, result, success=outcome.success, metadata={**outcome.metadata, "ran": True})


async def forecast(work: Work) -> Forecast | None:
    """What the planner is asked, or the agents of the workflow that is given."""
    if _is_given(work):
        table = {"name": "orchestrated", **work.params["workflow"]}
        return await WorkflowTemplate(work.name, "", {}, table).forecast(work)
    from llmspell.workflows.planner_prompt import SCHEMA, system_text

    n = len(work.params["tools"]) + len(work.params["agents"])
    prompt = text_tokens(text_bytes(system_text(20)) + text_bytes(str(SCHEMA)))
    told = Span(*(prompt + n * it for it in _CHOICE_TOKENS))
    planner = await calls_of(work, "planner", work.params["goal"], n=Span(1, 1, 3), more_input=told)
    return Forecast([planner], "low", ("only the planning is counted: what the planned workflow asks is not known",))


def _is_given(work: Work) -> bool:
    """Whether there is a workflow; else there is a goal."""
    has_table, has_goal = bool(work.params["workflow"]), bool(work.params["goal"].strip())
    if has_table == has_goal:
        raise work.wrong("workflow", "give either `workflow` or `goal`")
    return has_table


async def _workflow(work: Work) -> Workflow:
    if _is_given(work):
        return workflow_of(work, {"name": "orchestrated", **work.params["workflow"]})
    from llmspell.workflows.planner import Task, plan_workflow  # late: most workflows are given

    tools = [work.services.tools.find(it) for it in work.params["tools"]]
    agents: list[Runnable] = [work.services.agents().find(it) for it in work.params["agents"]]
    if not tools and not agents:
        raise work.wrong("tools", "a planned workflow needs something to use", "give `tools`, `agents`, or both")
    task = Task(work.params["goal"], tools, agents, work.model_of("planner"))
    async with work.step("plan"):
        return (await plan_workflow(work.ctx, task, work.services.workflows(), work.services.models)).workflow
