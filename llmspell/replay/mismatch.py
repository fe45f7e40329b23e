"""Say how a replayed run differs from its recording: the call, the recorded one most like it, and the difference."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher, unified_diff

from llmspell.errors import ReplayMismatch
from llmspell.journal.canonical import to_json
from llmspell.journal.entries import Entry, Value

MAX_COMPARED = 200  # recorded calls that are looked at closely
MAX_COMPARED_CHARS = 2_000
MAX_LINES = 20
MAX_SHOWN = 120  # characters of a value
MAX_TEXT_LINES = 300  # of texts that are compared as `diff` does, whose time grows with the square


def is_same_call(entry: Entry, target: str, method: str, args: Value) -> bool:
    """Whether this is the recorded call: the same method with equal arguments, whatever the order of their keys."""
    return entry.target == target and entry.method == method and to_json(entry.args) == to_json(args)


def mismatch_of(key: str, target: str, method: str, args: Value, entries: Iterable[Entry]) -> ReplayMismatch:
    """The error for a call that the recording does not hold, or holds with other arguments.

    Args:
        entries: Recorded calls; the one of the same key, if there is any, among them.
    """
    known = {it.key: it for it in entries}
    now = f"{target}.{method}({_args(args)})"
    there = known.get(key)
    if there is not None and (there.target, there.method) == (target, method):
        return _differs(key, target, method, there, args)
    near = nearest(key, target, method, args, known.values())
    if there is not None:
        message = f"call {key} is {now}, the recording has {there.target}.{there.method}({_args(there.args)}) there"
    else:
        message = f"call {key} is not in the recording: {now}"
    lines = []
    if near is not None and near is not there:
        lines.append(f"the nearest recorded call is {near.key}: {near.target}.{near.method}({_args(near.args)})")
        if (near.target, near.method) == (target, method):
            lines += difference(near.args, args)
    return ReplayMismatch(
        "\n  ".join([message, *lines]),
        hint="the script has changed since: record it again, or go on live with `llmspell runs fork`",
        details={"key": key, "nearest": near.key if near is not None else "", "target": target, "method": method},
    )


def _differs(key: str, target: str, method: str, there: Entry, args: Value) -> ReplayMismatch:
    message = f"call {key}, {target}.{method}, was recorded with other arguments"
    return ReplayMismatch(
        "\n  ".join([message, *difference(there.args, args)]),
        hint="the script or what it reads has changed since: record it again, or set the recorded answer by "
        "`llmspell tape edit`",
        details={"key": key, "nearest": there.key, "target": target, "method": method},
    )


def never_made(missing: Iterable[Entry]) -> ReplayMismatch:
    """The error for a script that has come to its end without calls that it once made."""
    entries = list(missing)
    first = entries[0]
    message = f"{len(entries)} recorded call{'s were' if len(entries) > 1 else ' was'} never made"
    shown = [f"{it.key}: {it.target}.{it.method}({_args(it.args)})" for it in entries[:5]]
    if len(entries) > 5:
        shown.append(f"… and {len(entries) - 5} more")
    return ReplayMismatch(
        "\n  ".join([message, *shown]),
        hint="the script has changed since: record it again",
        details={"key": first.key, "nearest": first.key},
    )


def nearest(key: str, target: str, method: str, args: Value, entries: Iterable[Entry]) -> Entry | None:
    """The recorded call that is most like this one, or None where none is."""
    candidates = [it for it in entries if it.target == target or it.method == method]
    same = [it for it in candidates if it.target == target and it.method == method]
    candidates = same or candidates
    task = key.partition(":")[0]
    # Those nearby first: there may be thousands, and only so many are compared.
    candidates.sort(key=lambda it: it.key.partition(":")[0] != task)
    text = to_json(args)[:MAX_COMPARED_CHARS]
    best: tuple[float, Entry] | None = None
    for it in candidates[:MAX_COMPARED]:
        alike = SequenceMatcher(None, to_json(it.args)[:MAX_COMPARED_CHARS], text, autojunk=False)
        score = (alike.ratio() if alike.real_quick_ratio() > (best[0] if best else 0) else 0.0) + (
            0.1 if it.key.partition(":")[0] == task else 0.0
        )
        if best is None or score > best[0]:
            best = (score, it)
    return best[1] if best is not None else None


def difference(before: Value, after: Value) -> list[str]:
    """How two values differ, place by place, a line or a few each."""
    lines: list[str] = []
    _compare("", before, after, lines)
    return lines[:MAX_LINES] + ([f"… and {len(lines) - MAX_LINES} more lines"] if len(lines) > MAX_LINES else [])


def _compare(where: str, before: Value, after: Value, lines: list[str]) -> None:
    if len(lines) > MAX_LINES or to_json(before) == to_json(after):
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in [*before, *(it for it in after if it not in before)]:
            place = f"{where}.{name}" if where else str(name)
            if name not in after:
                lines.append(f"{place}: {_short(before[name])} is gone")
            elif name not in before:
                lines.append(f"{place}: {_short(after[name])} is new")
            else:
                _compare(place, before[name], after[name], lines)
    elif isinstance(before, list) and isinstance(after, list):
        for i in range(max(len(before), len(after))):
            place = f"{where}[{i + 1}]"
            if i >= len(after):
                lines.append(f"{place}: {_short(before[i])} is gone")
            elif i >= len(before):
                lines.append(f"{place}: {_short(after[i])} is new")
            else:
                _compare(place, before[i], after[i], lines)
    elif isinstance(before, str) and isinstance(after, str) and ("\n" in before or "\n" in after):
        texts = before.split("\n"), after.split("\n")
        if max(len(it) for it in texts) > MAX_TEXT_LINES:
            at = next((i for i, (a, b) in enumerate(zip(*texts, strict=False)) if a != b), min(len(it) for it in texts))
            was, now = (it[at] if at < len(it) else None for it in texts)
            lines.append(f"{where or 'it'}, from line {at + 1} on: recorded {_short(was)}, now {_short(now)}")
            return
        lines.append(f"{where or 'it'}:")
        diff = unified_diff(before.splitlines(), after.splitlines(), "recorded", "now", lineterm="", n=1)
        lines += [f"  {it[:MAX_SHOWN]}" for it in diff]
    else:
        lines.append(f"{where or 'it'}: recorded {_short(before)}, now {_short(after)}")


def _args(args: Value) -> str:
    text = to_json(args)
    text = text[1:-1] if isinstance(args, list) else text
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 1] + "…"


def _short(value: Value) -> str:
    text = to_json(value)
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 1] + "…"
