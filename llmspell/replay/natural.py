"""The order in which a recording's entries are told, and the order of deliveries that follows from it.

Entries stand where their keys say and not where chance put them: a task's calls by their numbers, below a call what
happened inside it. So the tapes of two runs differ only where the runs did."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from llmspell.journal.entries import Entry

Place = tuple[tuple[int, int, str], ...]


def natural_key(key: str) -> Place:
    """What keys are sorted by: their numbers as numbers, their names as names."""
    parts: list[tuple[int, int, str]] = []
    for part in key.replace("/", ".").replace(":", ".:.").split("."):
        if part.isdecimal():
            parts.append((1, int(part[:18]), ""))
        elif part == ":":
            parts.append((0, 0, ""))  # a task's own calls, before those of the tasks it started
        else:
            digits = part[len(part.rstrip("0123456789")) :][:18]
            parts.append((2, int(digits or 0), part.rstrip("0123456789")))
    return tuple(parts)


def told(entries: Mapping[str, Entry]) -> list[Entry]:
    """All entries, in natural order, each before what happened inside it."""
    inside: dict[str, list[Entry]] = {}
    for it in entries.values():
        inside.setdefault(_holder(it, entries), []).append(it)
    for found in inside.values():
        found.sort(key=lambda it: natural_key(it.key))
    return list(_walk("", inside))


def _walk(key: str, inside: Mapping[str, list[Entry]]) -> Iterator[Entry]:
    pending = list(reversed(inside.get(key, ())))
    while pending:
        entry = pending.pop()
        yield entry
        pending += reversed(inside.get(entry.key, ()))


def _holder(entry: Entry, entries: Mapping[str, Entry]) -> str:
    """The key of what an entry is told below: what it happened in; for a task's call, the invocation it is part of."""
    if entry.kind != "call":
        return entry.parent if entry.parent in entries else ""
    root = ".".join(entry.key.partition(":")[0].split(".")[:2])
    return root if root.startswith("cb") and root in entries else ""


def root_of(key: str) -> str:
    """The key of the call that an effect or an invocation happened in, of its parent's key."""
    return key.partition("/")[0]


def is_detached(entry: Entry, entries: Mapping[str, Entry]) -> bool:
    """Whether an invocation went on when the call it belongs to had been answered."""
    call = entries.get(root_of(entry.parent))
    if entry.kind != "invocation" or call is None or not call.closed:
        return False
    return not 0 < entry.closed < call.closed


def usual_order(entries: Iterable[Entry]) -> list[str]:
    """The deliveries of a run in which nothing was ever under way at the same time, of entries as they are told: an
    invocation when it begins, a call when everything inside it has been told."""
    found: list[str] = []
    open_calls: list[tuple[str, int]] = []  # key and depth
    depths: dict[str, int] = {"": 0}
    listed = list(entries)
    known = {it.key: it for it in listed}
    for it in listed:
        depth = depths[it.key] = depths.get(_holder(it, known), 0) + 1
        while open_calls and open_calls[-1][1] >= depth:
            found.append(open_calls.pop()[0])
        if it.kind == "invocation":
            found.append(it.key)
        elif it.kind == "call":
            open_calls.append((it.key, depth))
    found += [key for key, _ in reversed(open_calls)]
    return found
