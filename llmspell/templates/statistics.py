"""Figures of a table, computed here and not by a model: columns one by one, pairs of them, and groups."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from llmspell.models.messages import Value
from llmspell.templates.tables import Table
from llmspell.tools.results import readable

MAX_GROUPS = 200
_MAX_PAIRED = 30  # columns whose correlations are computed
_MAX_LISTED = 50  # correlations that are listed


def describe(table: Table, n_top: int = 5) -> dict[str, Value]:
    """Each column by name: kind, count, missing, distinct, and what is of use for its kind."""
    return {name: _column(values, n_top, name in table.numeric) for name, values in table.columns.items()}


def correlations(table: Table) -> list[dict[str, Value]]:
    """Pearson's r of each two columns of numbers, the strongest first; those that cannot be told are left out."""
    names = [it for it in table.columns if it in table.numeric][:_MAX_PAIRED]
    found: list[dict[str, Value]] = []
    for i, one in enumerate(names):
        for other in names[i + 1 :]:
            pairs = [
                (float(x), float(y))
                for x, y in zip(table.columns[one], table.columns[other], strict=True)
                if x is not None and y is not None
            ]
            r = _pearson(pairs)
            if r is not None:
                found.append({"columns": [one, other], "r": _round(r), "n": len(pairs)})
    return sorted(found, key=lambda it: -abs(it["r"]))[:_MAX_LISTED]


def groups(table: Table, by: str, columns: Sequence[str] = ()) -> list[dict[str, Value]]:
    """For each value of a column: how many rows, and sum and mean of the columns of numbers; the largest groups first.

    Args:
        columns: Only these; all columns of numbers if empty.
    """
    chosen = [it for it in (columns or table.columns) if it != by and it in table.numeric]
    rows: dict[str, list[int]] = {}
    for i, it in enumerate(table.columns[by]):
        rows.setdefault("(missing)" if it is None else readable(it)[:200], []).append(i)
    found: list[dict[str, Value]] = []
    for value, places in sorted(rows.items(), key=lambda it: (-len(it[1]), it[0]))[:MAX_GROUPS]:
        group: dict[str, Value] = {"value": value, "rows": len(places)}
        for name in chosen:
            numbers = [table.columns[name][i] for i in places if table.columns[name][i] is not None]
            group[name] = {
                "sum": _round(math.fsum(numbers)),
                "mean": _round(math.fsum(numbers) / len(numbers)) if numbers else None,
            }
        found.append(group)
    return found


def _column(values: Sequence[Value], n_top: int, is_numeric: bool) -> dict[str, Value]:
    present = [it for it in values if it is not None]
    facts: dict[str, Value] = {"count": len(present), "missing": len(values) - len(present)}
    if is_numeric:
        return {"kind": "number", **facts, **_numbers(present)}
    counts = Counter(map(readable, present))
    # In order of their names where they are as frequent, so that the same data gives the same answer.
    top = sorted(counts.items(), key=lambda it: (-it[1], it[0]))[:n_top]
    rows = [{"value": value[:200], "count": n} for value, n in top]
    return {"kind": "text", **facts, "distinct": len(counts), "top": rows}


def _numbers(numbers: Sequence[float]) -> dict[str, Value]:
    ordered = sorted(numbers)
    mean = math.fsum(ordered) / len(ordered)
    spread = math.sqrt(math.fsum((it - mean) ** 2 for it in ordered) / (len(ordered) - 1)) if len(ordered) > 1 else 0.0
    return {
        "distinct": len(set(ordered)),
        "sum": _round(math.fsum(ordered)),
        "mean": _round(mean),
        "std": _round(spread),
        "min": ordered[0],
        "q1": _round(_quantile(ordered, 0.25)),
        "median": _round(_quantile(ordered, 0.5)),
        "q3": _round(_quantile(ordered, 0.75)),
        "max": ordered[-1],
    }


def _quantile(ordered: Sequence[float], part: float) -> float:
    """Between the two nearest, as spreadsheets have it."""
    place = (len(ordered) - 1) * part
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def _pearson(pairs: Sequence[tuple[float, float]]) -> float | None:
    if len(pairs) < 3:
        return None
    mean_x = math.fsum(x for x, _ in pairs) / len(pairs)
    mean_y = math.fsum(y for _, y in pairs) / len(pairs)
    var_x = math.fsum((x - mean_x) ** 2 for x, _ in pairs)
    var_y = math.fsum((y - mean_y) ** 2 for _, y in pairs)
    if not var_x or not var_y:
        return None
    return math.fsum((x - mean_x) * (y - mean_y) for x, y in pairs) / math.sqrt(var_x * var_y)


def _round(number: float) -> float | int:
    """Six significant places after the point are enough, and the same on every machine."""
    rounded = round(number, 6)
    return int(rounded) if isinstance(rounded, float) and rounded.is_integer() and abs(rounded) < 2**53 else rounded


def as_text(figures: Mapping[str, Mapping[str, Value]]) -> str:
    """The figures of columns as lines for people."""
    lines = []
    for name, it in figures.items():
        if it["kind"] == "number":
            facts = ", ".join(f"{key} {it[key]}" for key in ("mean", "std", "min", "median", "max", "sum"))
        else:
            facts = f"{it['distinct']} distinct; " + ", ".join(f"{one['value']} ({one['count']})" for one in it["top"])
        missing = f", {it['missing']} missing" if it["missing"] else ""
        lines.append(f"{name}: {it['count']} values{missing}: {facts}")
    return "\n".join(lines)
