"""Run a workflow that is given as a table, or planned for a goal by `workflows.planner`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.templates.estimate import calls_of
from llmspell.templates.protocol import Forecast, Outcome, Span
from llmspell.templates.workflow_template import run_workflow

if TYPE_CHECKING:
    from llmspell.templates.work import Work

_CATALOG_TOKENS = 60  # what a planner is told of each tool and agent


async def execute(work: Work) -> Outcome:
    """Validate it, show it, run it."""
    table = await _table(work)
    if work.params["dry_run"]:
        return _shown(work, table)
    outcome = await run_workflow(work, table, work.params.get("input"), str(table.get("name") or "orchestrated"))
    return outcome


async def forecast(work: Work) -> Forecast | None:
    """What the planner is asked; of a workflow nobody knows what it asks, unless it asks no agent."""
    table = work.params["workflow"]
    if bool(table) == bool(work.params["goal"].strip()):
        raise _neither(work)
    if table:
        return None if _asks(table) else Forecast([])
    n = len(work.params["tools"]) + len(work.params["agents"])
    told = Span(n * _CATALOG_TOKENS / 2, n * _CATALOG_TOKENS, n * _CATALOG_TOKENS * 6)
    planner = await calls_of(work, "planner", work.params["goal"], more_input=told)
    return Forecast([planner], "low", ("only the planning is counted: what the planned workflow asks is not known",))
