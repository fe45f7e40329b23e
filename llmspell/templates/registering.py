"""Make a template of what a script describes: a function, or a workflow."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from llmspell.errors import BadArgument
from llmspell.models.messages import Value
from llmspell.templates.script_template import MAX_DESCRIBED_CHARS, FunctionTemplate
from llmspell.templates.workflow_template import WorkflowTemplate
from llmspell.tools.schema_of import schema_of
from llmspell.tools.script_tool import NAME
from llmspell.tools.simple_schema import found_in_words

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext
    from llmspell.templates.protocol import Template


def registered(
    name: str,
    description: str,
    parameters: Value,
    call: Callable[[RunContext, Mapping[str, Value]], Awaitable[Value]] | None,
    workflow: Value,
    *,
    category: str = "own",
    tags: Iterable[str] = (),
    version: str = "1.0.0",
    examples: Iterable[Mapping[str, Value]] = (),
) -> Template:
    """A template.

    Args:
        parameters: See `schema_of`.
        call: Gets its context and the checked params; or None.
        workflow: A table as `workflows` reads it, or a workflow; or None.

    Raises:
        BadArgument: A part is not what it should be; `details.path` names it.
    """
    if NAME.fullmatch(name) is None:
        raise BadArgument(
            f'"{name[:80]}" is not a name for a template',
            hint="a letter, then letters, digits, hyphens, underscores and dots, at most 64 in all",
            details={"path": "$.name"},
        )
    if (call is None) == (workflow is None):
        found = "both are given" if call is not None else "there is neither"
        raise BadArgument(f"a template is a function or a workflow, {found}", hint="give `execute` or `workflow`")
    schema = schema_of(parameters)
    shown = tuple(dict(it) for it in examples)
    size = sum(len(it) for it in (description, category, version, repr(schema), repr(shown), *tags))
    if size > MAX_DESCRIBED_CHARS:
        raise BadArgument(f"the template {name} takes {size} characters to describe, {MAX_DESCRIBED_CHARS} at most")
    facts = {"category": category, "version": version, "tags": tuple(tags), "examples": shown}
    if call is not None:
        return FunctionTemplate(name, description, schema, call, **facts)  # type: ignore[arg-type]  # by their names
    to_table = getattr(workflow, "to_table", None)
    if not isinstance(workflow, Mapping) and to_table is None and not hasattr(workflow, "execute"):
        raise BadArgument(
            f"workflow is a workflow or a table, not {found_in_words(workflow)}", details={"path": "$.workflow"}
        )
    return WorkflowTemplate(name, description, schema, workflow, **facts)  # type: ignore[arg-type]  # by their names
