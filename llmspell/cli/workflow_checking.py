"""`llmspell workflow validate` and `show`: what is wrong with a workflow's file, and how it looks. Nothing runs."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from llmspell.cli import output
from llmspell.cli.workflow_running import read_workflow_of
from llmspell.errors import ConfigError, LLMSpellError, PermissionDenied, ScriptNotFound

if TYPE_CHECKING:
    from llmspell.cli.options import Parsed
    from llmspell.effects.context import RunContext
    from llmspell.runtime.parts import RunParts
    from llmspell.workflows.files import WorkflowFile
    from llmspell.workflows.services import WorkflowServices

T = TypeVar("T")

NAME = "llmspell workflow"


@dataclass(frozen=True, slots=True)
class Checked:
    """What is wrong with a file; `info` says what is in it, where nothing is."""

    problems: list[dict[str, Any]]
    info: Mapping[str, Any] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """That it is fine, for people."""
        n_steps = self.info["n_steps"]
        steps = f"{n_steps} step{'' if n_steps == 1 else 's'}"
        return f"{self.info['file']}: {self.info['name']}, {self.info['type']}, {steps}: no problems"

    def to_value(self) -> dict[str, Any]:
        return {"valid": not self.problems, "problems": self.problems, **self.info}


def check(parsed: Parsed, name: str) -> Checked:
    """Look for what is wrong with a workflow.

    Raises:
        ScriptNotFound, PermissionDenied, ConfigError: It could not be looked at.
    """
    from llmspell.workflows.loading import load_workflow, problems_of

    unread: list[LLMSpellError] = []

    async def look(ctx: RunContext, file: WorkflowFile, services: WorkflowServices) -> Checked:
        found = unread + await problems_of(ctx, file, services)
        if found:
            return Checked(sorted(map(_row, found), key=lambda it: (it["file"] != file.path, it["file"], it["line"])))
        workflow = await load_workflow(ctx, file, services)
        row = workflow.row()
        return Checked([], {"file": file.path, **{it: row[it] for it in ("name", "type", "description", "n_steps")}})

    try:
        return _with_file(parsed, name, look, unread)
    except (ScriptNotFound, PermissionDenied, ConfigError):
        raise
    except LLMSpellError as problem:
        return Checked([_row(problem)])


def shown(parsed: Parsed, name: str, form: str) -> str:
    """A workflow as text, mermaid, dot, json or toml."""
    from llmspell.workflows.loading import load_workflow

    async def draw(ctx: RunContext, file: WorkflowFile, services: WorkflowServices) -> str:
        if form in ("json", "toml"):
            from llmspell.workflows.file_writing import write_workflow

            await load_workflow(ctx, file, services)  # what is wrong is no other file
            agents = {"agents": file.agents} if file.agents else {}
            return write_workflow({**file.table, **agents}, form)
        graph = (await load_workflow(ctx, file, services)).graph()
        if form == "mermaid":
            from llmspell.workflows.pictures.mermaid import to_mermaid

            return to_mermaid(graph)
        if form == "dot":
            from llmspell.workflows.pictures.dot import to_dot

            return to_dot(graph)
        from llmspell.cli.workflow_progress import is_ascii_only, size_of
        from llmspell.workflows.pictures.outline import to_outline

        # Not on a terminal it is for a file or another program, and is not cut.
        width = size_of(output.STDOUT).columns if os.isatty(output.STDOUT) else MAX_WIDTH
        return to_outline(graph, width=width, ascii_only=is_ascii_only())

    return _with_file(parsed, name, draw)


MAX_WIDTH = 10_000


def _with_file(
    parsed: Parsed,
    name: str,
    look: Callable[[RunContext, WorkflowFile, WorkflowServices], Awaitable[T]],
    mistakes: list[LLMSpellError] | None = None,
) -> T:
    from llmspell.cli.settings import load
    from llmspell.runtime.parts import RunParts

    parsed.values["journal"] = "off"  # nothing is done that would have to be remembered
    settings, profile = load(parsed)
    parts: RunParts = RunParts(settings, profile, NAME)

    async def do(ctx: RunContext) -> T:
        return await look(ctx, read_workflow_of(settings, name, ctx, mistakes), parts.workshop.workflows())

    return asyncio.run(parts.do(do))


def _row(problem: LLMSpellError) -> dict[str, Any]:
    details = problem.details
    message = problem.message
    if "file" in details:
        message = message.removeprefix(f"{details['file']}:{details.get('line')}: ")
    return {
        "file": details.get("file", ""),
        "line": details.get("line", 0),
        "path": str(details.get("path", "$")),
        "message": message,
        "hint": problem.hint,
        "code": problem.code,
    }
