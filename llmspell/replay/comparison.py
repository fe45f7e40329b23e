"""How a run differs from an earlier one, call by call: for people who ask whether anything has changed.

Calls of a task are matched as lines of two texts are: one that is new does not make all that follow it others. What
differs from run to run without anybody's doing is passed over: durations, numbers and ids of objects and functions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from llmspell.journal.canonical import to_json
from llmspell.journal.entries import Entry, Value
from llmspell.replay.mismatch import difference
from llmspell.replay.natural import natural_key, root_of
from llmspell.replay.recording import Printed, Recording
from llmspell.replay.settling import timeless

MAX_MATCHED = 1000  # calls of one task; longer ones are compared place by place
WORDS = {
    "missing": "is on the tape and was not made",
    "new": "is not on the tape",
    "arguments": "other arguments",
    "result": "another result",
    "output": "other output",
    "exit": "another end",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One of them.

    Attributes:
        kind: missing | new | arguments | result | output | exit
        key: Of the entry as it is now, or was; empty for the run as a whole.
        call: `Tool.execute`; empty likewise.
        lines: What exactly, for people.
    """

    kind: str
    key: str = ""
    call: str = ""
    lines: tuple[str, ...] = ()

    def to_value(self) -> dict[str, object]:
        """For programs."""
        return {"kind": self.kind, "key": self.key, "call": self.call, "lines": list(self.lines)}

    def told(self) -> str:
        """For people, in a few lines."""
        name = f"{self.key} {self.call}".strip()
        head = f"{name}: {WORDS[self.kind]}" if name else WORDS[self.kind]
        return "\n    ".join([head, *self.lines])


def differences(before: Recording, now: Recording) -> list[Difference]:
    """All of them, in the order of the calls."""
    found: list[Difference] = []
    tasks = _by_task(before), _by_task(now)
    effects = _effects(before), _effects(now)
    for task in sorted({*tasks[0], *tasks[1]}, key=natural_key):
        for old, new in _matched(tasks[0].get(task, []), tasks[1].get(task, [])):
            if old is None and new is not None:
                found.append(_of("new", new, _shown(new)))
            elif new is None and old is not None:
                found.append(_of("missing", old, _shown(old)))
            elif old is not None and new is not None:
                found += _between(old, new)
                found += _inside(effects[0].get(old.key, {}), effects[1].get(new.key, {}))
    return [*found, *_as_a_whole(before, now)]


def _by_task(recording: Recording) -> dict[str, list[Entry]]:
    tasks: dict[str, list[Entry]] = defaultdict(list)
    for it in sorted(recording.calls(), key=lambda it: natural_key(it.key)):
        tasks[it.key.partition(":")[0]].append(it)
    return tasks


def _matched(old: list[Entry], new: list[Entry]) -> Iterator[tuple[Entry | None, Entry | None]]:
    """Pairs of calls that stand for each other; None where there is none."""
    if max(len(old), len(new)) > MAX_MATCHED:
        steps: list[tuple[str, int, int, int, int]] = [("replace", 0, len(old), 0, len(new))]
    else:
        asked = [_asked(it) for it in old], [_asked(it) for it in new]
        steps = list(SequenceMatcher(None, *asked, autojunk=False).get_opcodes())
    for what, i1, i2, j1, j2 in steps:
        if what == "equal":
            yield from zip(old[i1:i2], new[j1:j2], strict=True)
            continue
        left = list(old[i1:i2])
        for it in new[j1:j2]:
            names = [(o.target, o.method) for o in left]
            at = names.index((it.target, it.method)) if (it.target, it.method) in names else -1
            yield from ((o, None) for o in left[: max(at, 0)])
            yield (left[at] if at >= 0 else None), it
            del left[: at + 1]
        yield from ((o, None) for o in left)


def _asked(entry: Entry) -> str:
    return to_json([entry.target, entry.method, _plain(entry.args)])


def _between(old: Entry, new: Entry) -> Iterator[Difference]:
    args, result = (_plain(old.args), _plain(new.args)), (_came_to(old), _came_to(new))
    if to_json(args[0]) != to_json(args[1]):
        yield _of("arguments", new, difference(*args))
    # One that the script took back had come so far or not by chance.
    if old.closed and new.closed and to_json(result[0]) != to_json(result[1]):
        yield _of("result", new, difference(*result))


def _inside(then: dict[str, Entry], since: dict[str, Entry]) -> Iterator[Difference]:
    """What differs in the effects of two calls."""
    for place in sorted({*then, *since}, key=natural_key):
        was, it = then.get(place), since.get(place)
        if was is not None and it is not None and (was.target, was.method) == (it.target, it.method):
            # Those of a tape do not say when they ended; which were taken back is chance here, too.
            if "cancelled" not in {(e.error or {}).get("code") for e in (was, it)}:
                yield from _between(_ended(was), _ended(it))
            continue
        if was is not None:
            yield _of("missing", was, _shown(was))
        if it is not None:
            yield _of("new", it, _shown(it))


def _effects(recording: Recording) -> dict[str, dict[str, Entry]]:
    """By their call's key, and by what comes behind it in their own."""
    found: dict[str, dict[str, Entry]] = defaultdict(dict)
    for it in recording.entries.values():
        if it.kind == "effect":
            root = root_of(it.key)
            found[root][it.key.removeprefix(root)] = it
    return found


def _ended(entry: Entry) -> Entry:
    return replace(entry, closed=entry.closed or 1)


def _as_a_whole(before: Recording, now: Recording) -> Iterator[Difference]:
    was, it = before.printed, now.printed
    if was is not None and it is not None and was.sha256 != it.sha256:
        yield Difference("output", lines=tuple(_printed(was, it)))
    if before.outcome is not None and now.outcome is not None:
        ends = tuple([e.outcome, e.exit_code] for e in (before.outcome, now.outcome))
        if ends[0] != ends[1]:
            yield Difference(
                "exit", lines=("recorded {}, exit code {}; now {}, exit code {}".format(*ends[0], *ends[1]),)
            )


def _printed(was: Printed, it: Printed) -> list[str]:
    if was.text is None or it.text is None:
        return [f"recorded {was.size} bytes, now {it.size}"]
    return difference(*(e.decode("utf-8", "replace") for e in (was.text, it.text)))


def _of(kind: str, entry: Entry, lines: list[str]) -> Difference:
    return Difference(kind, entry.key, f"{entry.target}.{entry.method}", tuple(lines))


def _shown(entry: Entry) -> list[str]:
    text = to_json(entry.args)
    return [text if len(text) <= 200 else text[:199] + "…"]


def _came_to(entry: Entry) -> Value:
    if entry.error is not None:
        return {"error": {name: entry.error.get(name) for name in ("code", "message")}}
    return timeless(_plain(entry.result))


def _plain(value: Value) -> Value:
    """A value in which objects and functions have no numbers."""
    if isinstance(value, list):
        return [_plain(it) for it in value]
    if not isinstance(value, dict):
        return value
    if list(value) == ["$function"]:
        return {"$function": 0}
    if list(value) == ["$handle"] and isinstance(value["$handle"], list):
        return {"$handle": [0, *_without_ids(_plain(value["$handle"][1:]))]}
    return {key: _plain(it) for key, it in value.items()}


def _without_ids(about: list[Value]) -> list[Value]:
    """An object's class and fields, without what it was named by for this run."""
    return [{key: it for key, it in part.items() if key != "id"} if isinstance(part, dict) else part for part in about]
