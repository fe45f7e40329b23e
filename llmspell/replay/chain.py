"""A run and those that it goes on from, as one recording.

A run that is resumed follows what the one before it had done, and may be cut off before it has come as far. So what
counts is what either of them had done."""

from __future__ import annotations

from dataclasses import replace

from llmspell.errors import RunNotFound
from llmspell.replay.recording import Recording, recording_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from llmspell.journal.entries import Entry
    from llmspell.journal.protocol import JournalReader

MAX_RUNS = 1000  # in a chain


def recording_of_chain(reader: JournalReader, name: str) -> Recording | None:
    """The recording of a run, with all that it goes on from; None where the journal does not know it.

    Raises:
        RunNotFound: One that it goes on from is gone.
    """
    newest = recording_of(reader, name)
    chain = [] if newest is None else [newest]
    while chain and len(chain) < MAX_RUNS:
        about = chain[-1].about
        before = about.resumed_from or about.forked_from
        if not before:
            break
        found = recording_of(reader, before)
        if found is None:  # what it had done must not count as not done
            raise RunNotFound(
                f"the run {about.run_id} goes on from {before}, which the journal no longer holds",
                hint="run the script again from its start, if what it has done may be done twice",
                details={"run_id": about.run_id, "missing": before},
            )
        chain.append(found)
    if not chain:
        return None
    merged = chain.pop()
    while chain:
        later = chain.pop()
        upto = later.about.options.get("upto")
        merged = joined(merged, later, upto if isinstance(upto, int) else None)
    return merged


def joined(before: Recording, later: Recording, upto: int | None = None) -> Recording:
    """What two runs had done of which the later one goes on from the other.

    Args:
        upto: Of what the earlier one had done, this counts; None for all.
    """
    entries: dict[str, Entry] = {
        key: it for key, it in before.entries.items() if upto is None or (it.closed or it.opened) <= upto
    }
    # The later run has noted those only that it came to again before it was cut off.
    labels = [it for it in before.labels if it.key in entries]
    last = max((max(it.opened, it.closed) for it in entries.values()), default=0)
    for key, it in later.entries.items():
        known = entries.get(key)
        # One that had failed may have been tried again, and what the later run has then counts.
        if known is None or not _has_ended(known) or (known.error is not None and not it.reused):
            moved = replace(it, opened=it.opened + last, closed=it.closed + last if it.closed else 0)
            entries.pop(key, None)
            entries[key] = moved
    ordered = sorted(entries.values(), key=lambda it: it.opened)
    order = [(it.closed, it.key) for it in ordered if it.kind == "call" and it.closed]
    order += [(it.opened, it.key) for it in ordered if it.kind == "invocation"]
    unknown = dict.fromkeys((*before.unknown, *later.unknown))
    return replace(
        later,
        entries={it.key: it for it in ordered},
        order=tuple(key for _, key in sorted(order)),
        turns=max(before.turns, later.turns, key=len),
        clock=max(before.clock, later.clock, key=len),
        stdin=None if before.stdin is None or later.stdin is None else max(before.stdin, later.stdin, key=len),
        labels=(*labels, *later.labels),
        checkpoints=tuple(dict.fromkeys((*before.checkpoints, *later.checkpoints))),
        unknown=tuple(it for it in unknown if it not in entries or not _has_ended(entries[it])),
    )


def _has_ended(entry: Entry) -> bool:
    details = (entry.error or {}).get("details")
    return entry.ended_at is not None and not (isinstance(details, dict) and details.get("cut_off"))
