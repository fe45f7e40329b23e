"""Analyse a table: figures are computed here, a model says what they mean."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING

from llmspell.agents.quoting import as_json, quoted
from llmspell.models.messages import Value
from llmspell.suggestions import did_you_mean
from llmspell.templates.documents import read_text
from llmspell.templates.estimate import calls_of
from llmspell.templates.protocol import Forecast, Outcome
from llmspell.templates.statistics import as_text, correlations, describe, groups
from llmspell.templates.tables import NoTable, Table, read_table, table_of

if TYPE_CHECKING:
    from llmspell.templates.work import Work

_SHOWN_GROUPS = 50  # to the model
_CELLS = 4  # what a table takes in memory, in the size of its text
_MAX_CELL = 200  # characters of a value that the model is shown


async def execute(work: Work) -> Outcome:
    """Compute, and explain where that is asked for."""
    table, figures = await _figures(work)
    text = as_text(figures["statistics"])
    explanation = ""
    if work.params["explain"]:
        explanation = (await work.ask("analyst", *_shown(work, table, figures))).text
    result = {**figures, "explanation": explanation}
    return Outcome(explanation or text, result, metadata={"rows": table.n_rows, "columns": len(table.columns)})


async def forecast(work: Work) -> Forecast:
    """One call, or none."""
    table, figures = await _figures(work)
    if not work.params["explain"]:
        return Forecast([])
    return Forecast([await calls_of(work, "analyst", *_shown(work, table, figures))])


async def _figures(work: Work) -> tuple[Table, dict[str, Value]]:
    table = await _table(work)
    by = work.params["group_by"]
    if by and by not in table.columns:
        raise work.wrong("group_by", f'there is no column "{by[:80]}"', _hint(by, table))

    def compute() -> dict[str, Value]:
        found: dict[str, Value] = {
            "rows": table.n_rows,
            "columns": list(table.columns),
            "statistics": describe(table),
            "correlations": correlations(table),
        }
        if by:
            found["group_by"] = by
            found["groups"] = groups(table, by)
        return found

    return table, await asyncio.to_thread(compute)


async def _table(work: Work) -> Table:
    data, path = work.params["data"], work.params["path"]
    if bool(data) == bool(path):
        raise work.wrong("data", "give either `data` or `path`")
    kind = work.params["format"]
    if path and kind == "auto":
        kind = "json" if path.lower().endswith((".json", ".jsonl", ".ndjson")) else "auto"
    given: Value = await read_text(work, path, "path") if path else data
    if isinstance(given, str):
        work.hold(_CELLS * len(given))
    try:
        if isinstance(given, str):
            table = await asyncio.to_thread(read_table, given, kind)
        else:
            table = await asyncio.to_thread(table_of, given)
    except NoTable as problem:
        raise work.wrong("path" if path else "data", str(problem)) from None
    wanted = work.params["columns"]
    for it in wanted:
        if it not in table.columns:
            raise work.wrong("columns", f'there is no column "{it[:80]}"', _hint(it, table))
    by = work.params["group_by"]
    kept = [*wanted, *([by] if by and by in table.columns and by not in wanted else [])]
    return table.only(kept) if wanted else table


def _shown(work: Work, table: Table, figures: Mapping[str, Value]) -> list[str]:
    shown = {**figures, "correlations": figures["correlations"][:20]}
    if "groups" in shown:
        shown["groups"] = shown["groups"][:_SHOWN_GROUPS]
    n = min(work.params["sample_rows"], table.n_rows)
    rows = [{name: _cell(values[i]) for name, values in table.columns.items()} for i in range(n)]
    question = work.params["question"]
    return [
        *([quoted("question", question)] if question else []),
        quoted("statistics", as_json(shown)),
        *([quoted("first_rows", as_json(rows))] if rows else []),
    ]


def _cell(value: Value) -> Value:
    return value[:_MAX_CELL] if isinstance(value, str) else value


def _hint(name: str, table: Table) -> str:
    return did_you_mean(name[:100], table.columns) or f"there are {', '.join(table.columns)[:300]}"
