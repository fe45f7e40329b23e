"""What of an interrupted run counts as done, and what it had cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llmspell.errors import LLMSpellError, error_classes
from llmspell.journal.entries import NO_USAGE, Usage
from llmspell.journal.packed import load

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmspell.journal.entries import Entry
    from llmspell.replay.recording import Recording

CUT_OFF = "cut_off"  # in the details of an error: the run ended while it was under way


@dataclass(slots=True)
class Saved:
    """What was answered from the record: calls of the script's, effects, tokens and money."""

    calls: int = 0
    effects: int = 0
    usage: Usage = NO_USAGE
    cost_usd: float = 0.0

    def add(self, entry: Entry) -> None:
        self.effects += 1
        self.usage = self.usage + entry.usage
        self.cost_usd += entry.cost_usd


def counts_as_ended(entry: Entry) -> bool:
    """Whether it had ended by itself, and was not taken back by the script."""
    return entry.closed > 0


def ended_entries(recording: Recording) -> dict[str, Entry]:
    """The entries that a run which goes on need not do again, by key.

    Not among them: what had not ended, what was cancelled because the run ended, and what the run has failed of. A run
    that has ended badly with the error of its last call tries that call again; what had gone well inside it stays."""
    found = {key: it for key, it in recording.entries.items() if it.ended_at is not None and not is_cut_off(it)}
    ending = recording.outcome
    if ending is None or ending.exit_code == 0:
        return found
    calls = [it for it in found.values() if it.kind == "call" and it.closed]
    if not calls:
        return found
    last = max(calls, key=lambda it: it.closed)
    if last.error is None:
        return found
    return {
        key: it for key, it in found.items() if it.error is None or not (key == last.key or _is_inside(it, last, found))
    }


def _is_inside(entry: Entry, around: Entry, entries: Mapping[str, Entry]) -> bool:
    return entry.key.startswith(f"{around.key}/")


def is_cut_off(entry: Entry) -> bool:
    """Whether the run ended while it was under way."""
    details = (entry.error or {}).get("details")
    return isinstance(details, dict) and bool(details.get(CUT_OFF))


def error_of(wire: Mapping[str, Any]) -> LLMSpellError:
    """A recorded error as it was raised."""
    code = str(wire.get("code", ""))
    cls = next((it for it in error_classes() if it.code == code), LLMSpellError)
    details = wire.get("details")
    error = cls(
        str(wire.get("message", "")),
        hint=str(wire.get("hint", "")),
        details=details if isinstance(details, dict) else {},
    )
    error.code = code or error.code
    return error


def has_objects(packed: bytes) -> bool:
    """Whether a value of the wire holds objects of the host's, or functions."""
    found = []
    load(packed, lambda code, _: found.append(code))
    return bool({1, 2} & set(found))
