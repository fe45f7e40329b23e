"""Change what a tape says: set an answer, take secrets out, put several tapes together."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from llmspell.errors import TapeError
from llmspell.journal.entries import Entry, Value
from llmspell.replay.recording import Printed, Recording
from llmspell.replay.tape_values import packed, spelled
from llmspell.security.redact import Redactor
from llmspell.suggestions import did_you_mean

REDACTED = "[redacted]"
KEEP = 1 << 40


def with_result(recording: Recording, place: str, value: Value) -> Recording:
    """The recording with another result of one entry, or another part of it.

    Args:
        place: An entry's key, perhaps with names or numbers (from 1) into its result: `0:3`, `0:3.text`, `0:3.rows.1`.
        value: As a tape shows it.

    Raises:
        TapeError: There is no such place.
    """
    key, path = _find(recording, place)
    entry = recording.entries[key]
    if path:
        whole = spelled(entry.result_packed) if entry.result_packed is not None else None
        value = _set(whole, path, value, place)
    changed = replace(entry, result_packed=_packed(value, place), error=None, ended_at=entry.ended_at or 0.0)
    return replace(recording, entries={**recording.entries, key: changed})


def without(
    recording: Recording,
    patterns: Sequence[re.Pattern[str]],
    places: Sequence[str] = (),
    *,
    missed: list[str] | None = None,
) -> tuple[Recording, int]:
    """The recording with texts taken out of everything that is the run's, and how many were. Known forms of secrets go
    as well. What is the tape's own stays: keys, and what the worker is started with.

    Args:
        places: Keys, or places in results as of `with_result`, of which nothing is kept.
        missed: Gets the patterns that match nothing.

    Raises:
        TapeError: There is no such place.
    """
    count = 0
    forms = Redactor()
    hits: set[str] = set()

    def clean(text: str) -> str:
        nonlocal count
        safe = forms.text(text)  # first: a form of which a part is gone is none any more
        n_before = count
        for it in patterns:
            # What matches nothing but an empty text takes nothing out.
            n_found = sum(found.end() > found.start() for found in it.finditer(text))
            if n_found:
                safe = it.sub(lambda found: REDACTED if found[0] else "", safe)
                count += n_found
                hits.add(it.pattern)
        if count == n_before:
            count += safe != text
        return safe

    for place in places:
        recording = with_result(recording, place, REDACTED)
        count += 1
    entries = {key: _cleaned(it, clean) for key, it in recording.entries.items()}
    about = recording.about
    about = replace(about, args=tuple(clean(it) for it in about.args))
    checkpoints = tuple((clean(label), key) for label, key in recording.checkpoints)
    printed = recording.printed
    if printed is not None and printed.text is not None:
        printed = Printed.of(_cleaned_bytes(printed.text, clean), keep=KEEP)
    stdin = None if recording.stdin is None else _cleaned_bytes(recording.stdin, clean)
    if missed is not None:
        missed += [it.pattern for it in patterns if it.pattern not in hits]
    made = replace(recording, about=about, entries=entries, printed=printed, stdin=stdin, checkpoints=checkpoints)
    return made, count


def merged_tapes(tapes: Sequence[tuple[str, Recording]], *, prefer_last: bool = False) -> Recording:
    """One recording of all calls of several of the same script. What holds for the whole run is the last one's.

    Args:
        tapes: With their names.
        prefer_last: Where two say different things of a call, the later counts; otherwise that is an error.

    Raises:
        TapeError: They are of different scripts, or contradict each other.
    """
    first_name, first = tapes[0]
    entries: dict[str, Entry] = dict(first.entries)
    of: dict[str, str] = dict.fromkeys(entries, first_name)
    order = list(first.order)
    for name, it in tapes[1:]:
        if (it.about.script, it.about.language) != (first.about.script, first.about.language):
            raise TapeError(f"{name} is a tape of {it.about.script}, {first_name} one of {first.about.script}")
        for key, entry in it.entries.items():
            before = entries.get(key)
            if before is not None and not _is_alike(before, entry) and not prefer_last:
                raise TapeError(
                    f"{of[key]} and {name} say different things of {key}, {entry.target}.{entry.method}",
                    hint="--prefer-last takes what the later one says",
                    details={"key": key},
                )
            entries[key] = entry
            of[key] = name
        known = set(order)
        order += [step for step in it.order if step not in known]
    last = tapes[-1][1]
    return replace(last, entries=entries, order=tuple(order))


def _is_alike(a: Entry, b: Entry) -> bool:
    return (a.target, a.method, a.args_packed, a.result_packed, a.error) == (
        b.target,
        b.method,
        b.args_packed,
        b.result_packed,
        b.error,
    )


def key_of(recording: Recording, place: str) -> str:
    """The key that a place begins with.

    Raises:
        TapeError: There is no such entry.
    """
    return _find(recording, place)[0]


def _find(recording: Recording, place: str) -> tuple[str, list[str]]:
    """The key that a place begins with, and the rest of it."""
    parts = place.split(".")
    for n_parts in range(len(parts), 0, -1):
        key = ".".join(parts[:n_parts])
        if key in recording.entries:
            return key, parts[n_parts:]
    known = recording.entries
    raise TapeError(
        f"the tape has no entry {place}", hint=did_you_mean(place, known) or "llmspell tape show TAPE lists them"
    )


def _set(whole: Value, path: list[str], value: Value, place: str) -> Value:
    name, rest = path[0], path[1:]
    if isinstance(whole, dict):
        if rest and name not in whole:
            raise TapeError(f"there is no {place} on the tape", hint=did_you_mean(name, whole))
        return {**whole, name: _set(whole[name], rest, value, place) if rest else value}
    if isinstance(whole, list) and name.isdecimal() and 1 <= int(name) <= len(whole):
        at = int(name) - 1
        return [*whole[:at], _set(whole[at], rest, value, place) if rest else value, *whole[at + 1 :]]
    raise TapeError(f"there is no {place} on the tape", hint="a place is KEY, or KEY.name or KEY.number in its result")


def _packed(value: Value, place: str) -> bytes:
    try:
        return packed(value)
    except ValueError as error:
        raise TapeError(f"{place}: {error}") from error


def _cleaned(entry: Entry, clean: Callable[[str], str]) -> Entry:
    result = entry.result_packed
    return replace(
        entry,
        target=clean(entry.target),
        method=clean(entry.method),
        args_packed=packed(_walk(spelled(entry.args_packed), clean)),
        result_packed=None if result is None else packed(_walk(spelled(result), clean)),
        error=None if entry.error is None else _walk(dict(entry.error), clean),
    )


def _walk(value: Value, clean: Callable[[str], str]) -> Value:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list | tuple):
        return [_walk(it, clean) for it in value]
    if isinstance(value, Mapping):
        if list(value) == ["$bytes"] and isinstance(value["$bytes"], str):
            data = _cleaned_bytes(b64decode(value["$bytes"]), clean)
            return {"$bytes": b64encode(data).decode("ascii")}
        if len(value) == 1 and next(iter(value)) in ("$float", "$int", "$function", "$extension"):
            return value  # a spelling of the tape's own
        return {
            key if str(key).startswith("$") else clean(key) if isinstance(key, str) else key: _walk(it, clean)
            for key, it in value.items()
        }
    return value


def _cleaned_bytes(data: bytes, clean: Callable[[str], str]) -> bytes:
    return clean(data.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
