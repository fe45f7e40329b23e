"""Let a run that is recorded again change only what is different on its tape.

How long something took differs from run to run and is in many answers. Where a run has printed what it printed before,
nobody has seen it: then the old figures stay, and a tape on which nothing else changed stays as it is."""

from __future__ import annotations

from dataclasses import replace

from llmspell.journal.canonical import to_json
from llmspell.journal.entries import Entry, Value
from llmspell.replay.recording import Recording

SUFFIX = "_ms"  # what durations are called


def settled(fresh: Recording, old: Recording) -> Recording:
    """A new recording with the old one's figures, where only these differ.

    Args:
        fresh: A run of the same script, or of a later text of it.
    """
    if old.printed is None or fresh.printed is None or old.printed.sha256 != fresh.printed.sha256:
        return fresh
    entries = {key: _settled(it, old.entries.get(key)) for key, it in fresh.entries.items()}
    is_same_run = (
        fresh.about.content_hash == old.about.content_hash
        and fresh.about.args == old.about.args
        and (fresh.outcome is None) == (old.outcome is None)
        and entries.keys() == old.entries.keys()
        and all(entries[key] is it for key, it in old.entries.items())
        and fresh.stdin == old.stdin
        and len(fresh.clock) == len(old.clock)
    )
    if is_same_run:  # the order of its answers is as good as the new one's, and so is what its clocks said
        return replace(old, about=fresh.about, outcome=fresh.outcome)
    return replace(fresh, entries=entries)


def _settled(fresh: Entry, old: Entry | None) -> Entry:
    """The old entry where it says the same."""
    if old is None or (fresh.kind, fresh.target, fresh.method, fresh.parent, fresh.handle, fresh.local) != (
        old.kind,
        old.target,
        old.method,
        old.parent,
        old.handle,
        old.local,
    ):
        return fresh
    is_call = fresh.kind == "call"  # of the others a tape does not say when they ended
    before = [old.args, old.result, old.error and dict(old.error), is_call and bool(old.closed)]
    now = [fresh.args, fresh.result, fresh.error and dict(fresh.error), is_call and bool(fresh.closed)]
    is_same = to_json(timeless(before)) == to_json(timeless(now))
    return old if is_same and (fresh.usage, fresh.cost_usd) == (old.usage, old.cost_usd) else fresh


def timeless(value: Value) -> Value:
    """A value with all its durations as 0."""
    if isinstance(value, dict):
        return {
            key: 0 if str(key).endswith(SUFFIX) and isinstance(it, int | float) else timeless(it)
            for key, it in value.items()
        }
    if isinstance(value, list):
        return [timeless(it) for it in value]
    return value
