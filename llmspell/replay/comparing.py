"""How two recorded runs differ: call by call of the same key, within bounds of time and size."""

from __future__ import annotations

from collections.abc import Iterable

from llmspell.journal.canonical import to_json
from llmspell.journal.entries import Value
from llmspell.replay.mismatch import difference

MAX_CHARS = 256 * 1024  # of a value whose differences are told; of larger ones, only that there are some
MAX_ALL_CHARS = 32 * 1024 * 1024  # of everything that is compared
MAX_DIFFERENCES = 100
MAX_KEYS = 1000
PARTS = ("args", "result", "error")

Row = dict[str, Value]


def without(value: Value, names: Iterable[str]) -> Value:
    """The value without fields of these names, however deep."""
    if isinstance(value, dict):
        return {key: without(it, names) for key, it in value.items() if key not in names}
    if isinstance(value, list):
        return [without(it, names) for it in value]
    return value


def compared(first: Iterable[Row], second: Iterable[Row], ignore: frozenset[str]) -> dict[str, Value]:
    """What the second run said other than the first.

    Args:
        ignore: Names of fields that do not count, wherever they stand.

    Returns:
        same, compared (how many calls both have), differences (key, part, lines), only_first and only_second (keys),
        more: something was left out of these, or of the comparison.
    """
    rows = {it["key"]: it for it in first}
    differences: list[Row] = []
    only_second: list[str] = []
    seen: set[str] = set()
    n_chars, same, more = 0, True, False
    for row in second:
        key = row["key"]
        there = rows.get(key)
        if there is None:
            only_second.append(key)
            continue
        seen.add(key)
        if n_chars > MAX_ALL_CHARS:
            more = True
            continue
        found, size = _differences(there, row, ignore)
        n_chars += size
        same = same and not found
        differences += found[: MAX_DIFFERENCES - len(differences)] if len(differences) < MAX_DIFFERENCES else []
        more = more or (bool(found) and len(differences) >= MAX_DIFFERENCES)
    only_first = [key for key in rows if key not in seen]
    return {
        "same": same and not more and not only_first and not only_second,
        "compared": len(seen),
        "differences": differences,
        "only_first": only_first[:MAX_KEYS],
        "only_second": only_second[:MAX_KEYS],
        "more": more or max(len(only_first), len(only_second)) > MAX_KEYS,
    }


def _differences(a: Row, b: Row, ignore: frozenset[str]) -> tuple[list[Row], int]:
    """Part by part, and how much text was looked at."""
    names = [f"{it['target']}.{it['method']}" for it in (a, b)]
    if names[0] != names[1]:
        return [{"key": a["key"], "part": "call", "lines": difference(*names)}], 0
    found: list[Row] = []
    n_chars = 0
    for part in PARTS:
        before, after = without(a[part], ignore), without(b[part], ignore)
        texts = to_json(before), to_json(after)
        n_chars += len(texts[0]) + len(texts[1])
        if texts[0] != texts[1]:
            is_small = max(len(it) for it in texts) <= MAX_CHARS
            lines = difference(before, after) if is_small else ["they differ, and are too large to say where"]
            found.append({"key": a["key"], "part": part, "lines": lines})
    return found, n_chars
