"""`llmspell workflow plan`: a model plans a workflow, which is printed as a file and drawn. Nothing of it runs."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from llmspell.cli import output
from llmspell.cli.given import text_of
from llmspell.errors import UsageError

if TYPE_CHECKING:
    from llmspell.cli.options import Parsed
    from llmspell.effects.context import RunContext
    from llmspell.runtime.parts import RunParts
    from llmspell.workflows.planner import Planned

NAME = "llmspell workflow plan"  # of the run, in the journal and the ledger


def plan(
    parsed: Parsed,
    goal: Sequence[str],
    *,
    tools: Sequence[str],
    agents: Sequence[str],
    model: str,
    max_steps: int,
    target: str,
    as_json: bool,
) -> None:
    """Have a workflow planned, and print it.

    Args:
        tools: Names, several in one with commas between them; as `agents`, which are templates.
        target: The file to write to; empty or `-` is stdout.

    Raises:
        UsageError: There is no goal, or the file is there already.
        SchemaError: The model has planned nothing that could be used.
    """
    from llmspell.cli.settings import announce, load  # late: a mistake in the command line needs no settings
    from llmspell.runtime.parts import RunParts
    from llmspell.workflows.file_writing import write_workflow

    text = "\n".join(map(text_of, goal))
    if not text.strip():
        raise UsageError("there is no goal", hint="llmspell workflow plan 'Hash each …' --tools hash-calculator")
    if not _names(tools) and not _names(agents):
        raise UsageError("a plan needs something that it may use", hint="name tools with --tools, agents with --agents")
    if target not in ("", "-") and os.path.exists(target):
        raise UsageError(f"{target} is there already", hint="choose another name, or remove it first")
    settings, profile = load(parsed)
    announce(settings, parsed)
    parts = RunParts(settings, profile, NAME)

    async def ask(ctx: RunContext) -> Planned:
        return await _planned(ctx, parts, text, _names(tools), _names(agents), model, max_steps)

    planned = asyncio.run(parts.do(ask))
    form = "json" if as_json or target.lower().endswith(".json") else "toml"
    written = write_workflow(planned.table, form)
    if target in ("", "-"):
        output.result(written)
    else:
        _write(target, written)
        output.note(f"llmspell: wrote {target}; `llmspell workflow run {target}` runs it")
    _draw(planned)


async def _planned(
    ctx: RunContext,
    parts: RunParts,
    goal: str,
    tools: Sequence[str],
    agents: Sequence[str],
    model: str,
    max_steps: int,
) -> Planned:
    from llmspell.workflows.planner import Task, plan_workflow

    registry = parts.agency.agents()
    made = [await registry.create_from_template(ctx, it, it, replace=True) for it in agents]
    task = Task(goal, [parts.tools.find(it) for it in tools], made, model, max_steps)
    return await plan_workflow(ctx, task, parts.workshop.workflows(), parts.agency.models())


def _draw(planned: Planned) -> None:
    from llmspell.cli.workflow_progress import is_ascii_only, size_of
    from llmspell.workflows.pictures.outline import to_outline

    width = size_of(output.STDERR).columns
    output.note(to_outline(planned.workflow.graph(), width=width, ascii_only=is_ascii_only()).rstrip("\n"))
    output.detail(f"llmspell: planned by {planned.model}, asked {planned.attempts} times, ${planned.cost_usd:.6f}")


def _names(given: Sequence[str]) -> list[str]:
    names = (name.strip() for it in given for name in it.split(","))
    return list(dict.fromkeys(it for it in names if it))


def _write(target: str, text: str) -> None:
    try:
        with open(target, "x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise UsageError(f"cannot write to {target}: {(error.strerror or str(error)).lower()}") from error
