"""What a model is told that plans a workflow: the format of a plan, what it may use, and what was wrong with it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from llmspell.agents.quoting import as_json, quoted

if TYPE_CHECKING:
    from llmspell.agents.protocol import Runnable
    from llmspell.tools.protocol import Tool

MAX_DESCRIPTION_CHARS = 500  # of a tool or an agent
MAX_SCHEMA_CHARS = 3000  # of a tool; of a larger one the names of its fields are shown
MAX_CATALOG_CHARS = 60_000

SYSTEM = """\
You plan workflows. You do not carry them out: you answer with one JSON object that describes the steps, without any
other text.

A plan has these fields:
  name         a short name with hyphens
  description  one sentence
  type         "sequential": one step after the other. "parallel": all at once. "dag": each step when those in its
               depends_on have succeeded, others at the same time. "map" and "loop": the steps for each item of
               `collection`. "conditional": `branches`, the first whose `condition` holds, otherwise `default`.
  steps        a list of steps, each with a unique `name` and exactly one of
                 tool      the name of a tool below; `input` is an object by the tool's schema
                 agent     the name of an agent below; `input` is the text that it is asked
                 workflow  a plan of the same form, for steps that belong together
               and, where it helps: depends_on (names of steps; in a dag only), condition, timeout_ms,
               retry {"attempts": 2}, on_error "continue", optional true
  branches     in a conditional: a list of {"name", "condition", "steps"}
  default      in a conditional: a list of steps
  collection   in a map or loop: a list, or a placeholder for one
  max_concurrency  how many steps at the same time
  output       what the workflow gives in the end: a value with placeholders

Placeholders in any text of an input: {{input}} or {{input.key}} is what the workflow is given; {{steps.NAME.output}} is
what an earlier step has given, {{steps.NAME.output.key}} a part of it; {{loop.item}} is the item of a map or loop.
A condition is a text that compares: "steps.check.output == 'yes'", "input.count > 3".

Use only the tools and agents that are listed. Take as few steps as will do, at most {max_steps}.\
"""

SCHEMA: Mapping[str, Any] = {
    "title": "workflow",
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "description": {"type": "string"},
        "type": {"enum": ["sequential", "parallel", "dag", "map", "loop", "conditional", "pipeline"]},
        "steps": {"type": "array", "items": {"type": "object"}},
        "branches": {"type": "array", "items": {"type": "object"}},
        "default": {"type": "array", "items": {"type": "object"}},
    },
    "required": ["name", "type"],
}


def system_text(max_steps: int) -> str:
    """What the model is told to be."""
    return SYSTEM.replace("{max_steps}", str(max_steps))


def asked_text(
    goal: str, tools: Sequence[Tool], agents: Sequence[Runnable], input_schema: Mapping[str, Any] | None
) -> str:
    """The goal, and what a plan may use."""
    parts = [quoted("goal", goal)]
    left = MAX_CATALOG_CHARS
    for tag, rows in (("tools", [_tool(it) for it in tools]), ("agents", [_agent(it) for it in agents])):
        text = "\n".join(rows)
        if len(text) > left:
            text = "\n".join(it.partition("\n")[0] for it in rows)[:left]
        left -= len(text)
        parts.append(quoted(tag, text or "(none)"))
    if input_schema is not None:
        parts.append(quoted("input_schema", as_json(input_schema)))
    return "\n\n".join(parts)


def correction_text(problems: Sequence[Mapping[str, str]]) -> str:
    """What was wrong with the last plan."""
    rows = [f"- {it['path']}: {it['message']}" + (f" ({it['hint']})" if it.get("hint") else "") for it in problems[:20]]
    more = f"\n- and {len(problems) - 20} more" if len(problems) > 20 else ""
    return (
        "That plan cannot be used:\n"
        + "\n".join(rows)
        + more
        + "\n\nAnswer again with the whole corrected JSON object alone."
    )


def _tool(tool: Tool) -> str:
    schema = json.dumps(tool.schema, ensure_ascii=False)
    if len(schema) > MAX_SCHEMA_CHARS:
        names = tool.schema.get("properties", {})
        required = tool.schema.get("required", [])
        schema = json.dumps({"fields": list(names)[:100], "required": list(required)[:100]}, ensure_ascii=False)
    return f"{tool.name}: {_short(tool.description)}\n  schema: {schema[:MAX_SCHEMA_CHARS]}"


def _agent(agent: Runnable) -> str:
    return f"{agent.name}: {_short(agent.description)}"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MAX_DESCRIPTION_CHARS else line[: MAX_DESCRIPTION_CHARS - 1] + "…"
