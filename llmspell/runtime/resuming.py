"""Go on from a recorded run: which one, with which script, and how much of it counts."""

from __future__ import annotations

import os
import select
import threading
from dataclasses import dataclass, field
from difflib import unified_diff
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from llmspell.effects.replaying import OnUnknown, Reuse
from llmspell.effects.reused import ended_entries
from llmspell.errors import BadArgument, NotFound, RunNotFound, ScriptChanged, UsageError
from llmspell.journal.naming import already_resumed
from llmspell.journal.run_row import can_be_resumed
from llmspell.replay.chain import recording_of_chain
from llmspell.replay.order import Order
from llmspell.replay.recording import Recording
from llmspell.runtime.script import Script, detect, from_source
from llmspell.suggestions import did_you_mean

if TYPE_CHECKING:
    from llmspell.effects.run import Run
    from llmspell.journal.entries import Entry
    from llmspell.journal.protocol import JournalReader
    from llmspell.security.redact import Redactor

MAX_DIFF_LINES = 40
_LATEST = 1000  # runs that `last` is looked for among
STUCK_S = 5.0  # without progress, before the recorded order is given up for one key


@dataclass(eq=False)
class Continuation:
    """What a run that goes on from another one needs to know.

    Attributes:
        is_fork: The script is taken as it is now, and `upto` counts.
        upto: Entries that ended after this number of the run's counter do not count; None for all.
        on_unknown: By key, and `""` for all others.
    """

    recording: Recording
    is_fork: bool = False
    upto: int | None = None
    on_unknown: dict[str, OnUnknown] = field(default_factory=dict)

    def __post_init__(self) -> None:
        ended = ended_entries(self.recording)
        if self.upto is not None:
            ended = {key: it for key, it in ended.items() if (it.closed or it.opened) <= self.upto}
        self.ended: dict[str, Entry] = ended

    def attach(self, run: Run, redactor: Redactor) -> Reuse:
        """Let the run's effects be answered, and say by what."""
        run.replay = reuse = Reuse(self.recording, redactor, self.ended, on_unknown=self.on_unknown)
        return reuse

    def order(self) -> LiveOrder:
        """In which the worker is told what it was told then."""
        entries = self.recording.entries
        kept = []
        for key in self.recording.order:
            entry = entries.get(key)
            if entry is None:
                continue
            place = entry.parent
            while place and place not in entries:
                place = place.rpartition("/")[0]
            # What a function does whose caller is done anew may be done at another time, or not at all.
            if key in self.ended and (entry.kind != "invocation" or not place or place in self.ended):
                kept.append(key)
        return LiveOrder(kept)

    @property
    def notes(self) -> dict[str, Any]:
        """What the worker follows of its own."""
        return {"turns": self.recording.turns, "clock": self.recording.clock, "hold": True}

    def unknown(self) -> list[Entry]:
        """The effects that nobody knows the end of, as far as they are on the record."""
        found = [self.recording.entries.get(it) for it in self.recording.unknown]
        return [it for it in found if it is not None and it.key not in self.ended]


class LiveOrder(Order):
    """The recorded order for a run that goes on live: what was not recorded waits for nothing."""

    async def turn(self, key: str) -> None:
        import asyncio

        if key not in self._places:
            return
        while not self.is_done:
            try:
                async with asyncio.timeout(STUCK_S):
                    await super().turn(key)
                return
            except TimeoutError:  # what would come first does not come in this run
                self.skip_missing()


def find_recording(reader: JournalReader | None, name: str) -> Recording:
    """The run of this id, beginning of one, or `last`.

    Raises:
        RunNotFound: There is none.
        UsageError: Several begin like that.
    """
    if name == "last" and reader is not None:  # the last that can be meant: what the shell was asked for has no script
        name = next((it.run.run_id for it in reader.runs(limit=_LATEST) if it.run.language), name)
    found = None if reader is None else recording_of_chain(reader, name)
    if found is None:
        known = [] if reader is None else [it.run.run_id for it in reader.runs(limit=200)]
        what = "there is no run yet" if name == "last" else f"there is no run {name[:100]}"
        raise RunNotFound(what, hint=did_you_mean(name, known) or "`llmspell runs list` lists them")
    return found


def check_resumable(reader: JournalReader, recording: Recording) -> None:
    """See that a run has stopped before its end.

    Raises:
        UsageError: It is still going on, or it ended well, or was resumed already, or it was none of a script.
    """
    run_id = recording.about.run_id
    row = reader.find_run(run_id)
    if row is not None and row.state == "running" and recording.about.owner is not None:
        raise UsageError(
            f"the run {run_id} is still going on, in process {recording.about.owner.pid}",
            hint="wait for its end, or end it, and then resume it",
        )
    successor = reader.successor(run_id)
    if successor is not None:
        raise already_resumed(run_id, successor)
    if recording.about.language and not can_be_resumed(
        recording.about.language, None if recording.outcome is None else recording.outcome.exit_code
    ):
        raise UsageError(
            f"the run {run_id} ended well: there is nothing to resume",
            hint=f"`llmspell runs fork {run_id} --at N` goes on from an earlier place",
        )
    if not recording.about.language:
        raise UsageError(f"the run {run_id} was none of a script", hint="`llmspell runs list` says of which")


def script_of(recording: Recording, *, is_fork: bool) -> Script:
    """The script of a recorded run: of its file, or of the record where it had none.

    Raises:
        ScriptChanged: Its text is another one, and this is no fork.
        ScriptNotFound: Its file is gone.
    """
    about = recording.about
    path = recording.start.get("path")
    if not isinstance(path, str):
        source = (recording.source or "").encode("utf-8", "surrogateescape")
        if sha256(source).hexdigest() != about.content_hash:
            raise ScriptChanged(
                f"the text of {about.script} was not kept as it was (it held a secret)",
                hint="put it into a file and run that",
            )
        return from_source(source, about.script, engine=about.engine or None)
    script = detect(path, engine=about.engine or None)
    if not is_fork and sha256(script.source).hexdigest() != about.content_hash:
        raise changed(recording, script)
    return script


def changed(recording: Recording, script: Script) -> ScriptChanged:
    """The error for a script that is not the recorded one, with the difference."""
    run_id = recording.about.run_id
    now = script.source.decode("utf-8", "surrogateescape")
    lines = []
    if recording.source is not None:
        diff = unified_diff(
            recording.source.splitlines(), now.splitlines(), f"{script.name} (recorded)", f"{script.name} (now)",
            lineterm="", n=2,
        )  # fmt: skip
        lines = [it[:200] for it in diff]
        if len(lines) > MAX_DIFF_LINES:
            lines = [*lines[:MAX_DIFF_LINES], f"… and {len(lines) - MAX_DIFF_LINES} more lines"]
    return ScriptChanged(
        "\n  ".join([f"{script.name} is not the script that the run {run_id} was of", *lines]),
        hint=f"`llmspell runs fork {run_id}` goes on with it as it is now",
        details={"run_id": run_id, "path": script.path or ""},
    )


def place_of(recording: Recording, at: str) -> int:
    """The number of the run's counter at a place: the N-th answered call, a key, or a checkpoint's label.

    Raises:
        NotFound: There is no such place.
        BadArgument: N is no number from 0.
    """
    calls = sorted(
        (it for it in recording.entries.values() if it.kind == "call" and it.closed), key=lambda it: it.closed
    )
    if at.lstrip("-").isdecimal():
        number = int(at)
        if not 0 <= number <= len(calls):
            raise BadArgument(f"--at {at}: the run has {len(calls)} answered calls", hint="a number from 0 to that")
        return calls[number - 1].closed if number else 0
    entry = recording.entries.get(at)
    if entry is not None:
        return entry.closed or entry.opened
    marks = [key for label, key in recording.checkpoints if label == at]
    if not marks:
        labels = [label for label, _ in recording.checkpoints]
        raise NotFound(
            f"the run has no place {at[:100]!r}",
            hint=did_you_mean(at, [*labels, *(it.key for it in calls[:500])])
            or "give the number of a call, a key of `llmspell runs show`, or the label of a checkpoint",
        )
    # It is a call of its task's, which keeps no entry: what counts is what its task had been answered before it.
    task, _, place = marks[-1].partition(":")
    before = int(place) if place.isdecimal() else 0
    return max((it.closed for it in calls if _is_before(it.key, task, before)), default=0)


def _is_before(key: str, task: str, number: int) -> bool:
    its_task, _, its_number = key.partition(":")
    return its_task == task and its_number.isdecimal() and int(its_number) < number


class Stdin:
    """What a resumed script reads: what it had read, and then what is there. A context manager; `fd` is the descriptor.

    Where something is given that is not a terminal's, it is taken from its beginning, and must be what was read."""

    def __init__(self, recording: Recording, real: int) -> None:
        self._had = recording.stdin
        self._real = real
        self.fd = real
        self._ends: tuple[int, int] | None = None

    def __enter__(self) -> Stdin:
        if self._had is None and os.isatty(self._real):
            raise UsageError(
                "what the script had read on stdin was too much to keep", hint="give the same again: … < FILE"
            )
        if self._had:
            given = self._given(len(self._had))
            if given and not self._had.startswith(given) and not given.startswith(self._had):
                raise UsageError(
                    "what is given on stdin does not begin with what the script had read there",
                    hint="give the same again, or nothing",
                )
            reading, writing = os.pipe()
            self._ends, self.fd = (reading, writing), reading
            threading.Thread(target=self._feed, args=(writing, given[len(self._had) :]), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._ends is not None:
            os.close(self._ends[0])

    def _given(self, size: int) -> bytes:
        """As much of what is given as was read then; nothing where nothing is."""
        found = b""
        if os.isatty(self._real):
            return found
        try:
            while len(found) < size and select.select([self._real], [], [], 0.2)[0]:
                chunk = os.read(self._real, size - len(found))
                if not chunk:
                    break
                found += chunk
        except (OSError, ValueError):
            pass  # it is closed, which is as if nothing were given
        return found

    def _feed(self, writing: int, rest: bytes) -> None:
        try:
            data = memoryview((self._had or b"") + rest)
            while data:
                data = data[os.write(writing, data[:65536]) :]
            while chunk := os.read(self._real, 65536):
                data = memoryview(chunk)
                while data:
                    data = data[os.write(writing, data) :]
        except OSError:
            pass  # the script has ended, or what is given cannot be read
        finally:
            os.close(writing)
