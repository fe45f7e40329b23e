"""Runs on the host that have to do with a tape: those that fill or modify one, and those that are compared with one."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from llmspell.effects.refilling import Refill
from llmspell.errors import UsageError
from llmspell.replay.recording import Recording
from llmspell.runtime.resuming import Continuation, LiveOrder
from llmspell.runtime.taping import Taping

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmspell.effects.run import Run
    from llmspell.runtime.launch import Launched
    from llmspell.runtime.outcome import Outcome
    from llmspell.runtime.script import Script
    from llmspell.security.redact import Redactor

# Outcomes of runs that were stopped, and might have made the calls that they have not made.
STOPPED = ("cancelled", "timeout", "budget", "limit", "denied", "paused")


@dataclass(eq=False)
class FromTape(Continuation):
    """What a run that is answered from a tape needs to know.

    Attributes:
        fills: As of `Refill`, as is `modified`.
        script: What is run; `args`, with what.
        refill: What has answered it; None where it has not called the host.
    """

    fills: bool = True
    modified: frozenset[str] = frozenset()
    script: Script | None = None
    args: tuple[str, ...] = ()
    refill: Refill | None = None

    def __post_init__(self) -> None:
        self.ended = {key: it for key, it in self.recording.entries.items() if it.ended_at is not None}

    @property
    def is_same_script(self) -> bool:
        """Whether the tape is of this very text."""
        return self.script is not None and sha256(self.script.source).hexdigest() == self.recording.about.content_hash

    def order(self) -> LiveOrder:
        return super().order() if self.is_same_script else LiveOrder(())

    @property
    def notes(self) -> dict[str, Any]:
        # Turns are numbered: where anything is another, they name other places, and it would wait for what never comes.
        follows = self.is_same_script and self.args == self.recording.about.args and not self.modified
        return super().notes | ({} if follows else {"turns": [], "hold": False})

    def attach(self, run: Run, redactor: Redactor) -> Refill:
        refill = Refill(
            self.recording,
            redactor,
            fills=self.fills,
            modified=self.modified,
            is_same_script=self.is_same_script,
        )
        run.replay = self.refill = refill
        run.watchers.append(refill)
        return refill


def check_modified(recording: Recording, places: Sequence[str]) -> frozenset[str]:
    """The keys of the entries that are to have other results.

    Raises:
        UsageError: One of them is not answered by a replay, so that it would have no effect.
    """
    from llmspell.effects.reused import has_objects
    from llmspell.replay.changing import key_of

    found = set()
    for place in places:
        key = key_of(recording, place)
        entry = recording.entries[key]
        name = f"{key}, {entry.target}.{entry.method},"
        if entry.kind == "invocation":
            raise UsageError(f"{name} is what the script itself does", hint="modify what it was answered")
        if entry.local:
            raise UsageError(f"{name} is done again by every replay: it reaches nothing outside the run")
        if entry.result_packed is not None and has_objects(entry.result_packed):
            raise UsageError(f"{name} returned an object, which cannot be another", hint="modify what that is asked")
        found.add(key)
    return frozenset(found)


class Filling(Taping):
    """The tape of a run that fills one.

    Args:
        path: Where it is to be.
        had: What is on the tape that is filled; None where there is none yet.
    """

    def __init__(self, path: str, redactor: Redactor, had: Recording | None) -> None:
        super().__init__(path, redactor)
        self._had = had
        self.n_calls = 0

    def _finished(
        self, launched: Launched, script: Script, args: Sequence[str], outcome: Outcome, options: dict[str, object]
    ) -> Recording:
        fresh = super()._finished(launched, script, args, outcome, options)
        self.n_calls = sum(not it.local for it in fresh.calls())
        if self._had is None or outcome.outcome not in STOPPED:
            return fresh
        from llmspell.replay.changing import merged_tapes

        # It was stopped: what it has not come to is not unused.
        return merged_tapes([("the tape", self._had), ("the run", fresh)], prefer_last=True)


class Comparing(Taping):
    """Keeps a run to compare it, and writes nothing.

    Attributes:
        now: The run, when it has ended.
    """

    def __init__(self, path: str, redactor: Redactor, then: Recording) -> None:
        super().__init__(path, redactor)
        self.then = self._old = then
        self.now: Recording | None = None

    def write(
        self, launched: Launched, script: Script, args: Sequence[str], outcome: Outcome, options: dict[str, object]
    ) -> None:
        self.now = self._finished(launched, script, args, outcome, options)
