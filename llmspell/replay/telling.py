"""What a recorded run said, as rows for a script: some of them told otherwise where that is asked for.

Nothing is executed: rows are read from the record, and changed in the copy that is handed on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from llmspell.errors import BadArgument
from llmspell.journal.entries import Entry, Value
from llmspell.suggestions import did_you_mean

KINDS = ("result", "error", "args")


@dataclass(frozen=True, slots=True)
class Modification:
    """Another result, error or arguments of a call.

    Attributes:
        target: An entry's key, perhaps with names or numbers (from 1) into the result or the arguments (`0:3.rows.1`);
            or `Tool.execute`, which is every call of that method.
    """

    kind: str
    target: str
    value: Value
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class _Change:
    modification: Modification
    path: Sequence[str]


def said(entries: Sequence[Entry]) -> list[Entry]:
    """The calls of a run, and the functions of the script's that were called, in the order in which they began."""
    return sorted((it for it in entries if it.kind != "effect"), key=lambda it: it.opened)


def told(entries: Sequence[Entry], modifications: Sequence[Modification] = ()) -> Iterator[dict[str, Value]]:
    """A row for each entry, as it is asked for: key, parent, kind, target, method, args, result, error, modified.

    Raises:
        BadArgument: A modification is of nothing that there is.
    """
    keys = {it.key for it in entries}
    methods: dict[str, list[str]] = {}
    for it in entries:
        methods.setdefault(f"{it.target}.{it.method}", []).append(it.key)
    changes: dict[str, list[_Change]] = {}
    for modification in modifications:
        if modification.enabled:
            for key, path in _places(modification, keys, methods):
                changes.setdefault(key, []).append(_Change(modification, path))
    return (_row(it, changes.get(it.key, ())) for it in entries)


def _places(
    modification: Modification, keys: set[str], methods: Mapping[str, Sequence[str]]
) -> list[tuple[str, Sequence[str]]]:
    target = modification.target
    if target in methods:
        return [(key, ()) for key in methods[target]]
    parts = target.split(".")
    for n_parts in range(len(parts), 0, -1):
        key = ".".join(parts[:n_parts])
        if key in keys:
            if modification.kind == "error" and parts[n_parts:]:
                raise BadArgument(f"an error is of a whole call: {key}, not {target}")
            return [(key, parts[n_parts:])]
    raise BadArgument(
        f"the run has no call {target}",
        hint=did_you_mean(target, [*methods, *sorted(keys)[:1000]]) or "Replay.run(id).calls has their keys",
        code="not_recorded",
    )


def _row(entry: Entry, changes: Sequence[_Change]) -> dict[str, Value]:
    row: dict[str, Value] = {
        "key": entry.key,
        "parent": entry.parent,
        "kind": entry.kind,
        "target": entry.target,
        "method": entry.method,
        "args": entry.args,
        "result": entry.result,
        "error": None if entry.error is None else dict(entry.error),
        "modified": bool(changes),
    }
    for it in changes:
        kind, value = it.modification.kind, it.modification.value
        if kind == "error":
            row.update(result=None, error=value)
            continue
        row[kind] = _set(row[kind], it.path, value, it.modification.target) if it.path else value
        if kind == "result":
            row["error"] = None
    return row


def _set(whole: Value, path: Sequence[str], value: Value, place: str) -> Value:
    """A copy of a value with another one at a place in it."""
    name, rest = path[0], path[1:]
    if isinstance(whole, dict) and (name in whole or not rest):
        return {**whole, name: _set(whole[name], rest, value, place) if rest else value}
    if isinstance(whole, list) and name.isdecimal() and len(name) < 10 and 1 <= int(name) <= len(whole):
        at = int(name) - 1
        return [*whole[:at], _set(whole[at], rest, value, place) if rest else value, *whole[at + 1 :]]
    hint = did_you_mean(name, [str(it) for it in whole][:1000]) if isinstance(whole, dict) else ""
    raise BadArgument(f"there is no {place} in what was recorded", hint=hint or "numbers in a list begin with 1")
