"""Keep a run on a tape: hear what it prints, and when it has ended, write what the journal and the worker say of it."""

from __future__ import annotations

import os
from hashlib import sha256
from typing import TYPE_CHECKING

from llmspell.errors import TapeError
from llmspell.journal.entries import RunOutcome, RunRecord
from llmspell.replay.recording import Printed, Recording, merged, recording_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmspell.effects.run import Run
    from llmspell.journal.protocol import JournalReader
    from llmspell.runtime.launch import Launched
    from llmspell.runtime.outcome import Outcome
    from llmspell.runtime.script import Script
    from llmspell.security.redact import Redactor


class Taping:
    """The tape of one run.

    Args:
        path: Where it is to be. One that is there lends its seed, so that the new one differs only where the run does.

    Raises:
        TapeError: There is something that is no tape, or nothing can be written there.
    """

    def __init__(self, path: str, redactor: Redactor) -> None:
        self.path = path
        self._old: Recording | None = None
        self._redactor = redactor
        self._printed = bytearray()
        self._digest = sha256()
        self._n_printed = 0
        self._run: Run | None = None
        self._reader: JournalReader | None = None
        from llmspell.replay.tape_file import check_place, read_tape

        check_place(path)  # now, and not when the run has been paid for
        if os.path.exists(path) and os.path.getsize(path):
            self._old = read_tape(path)

    @property
    def seed(self) -> int | None:
        """Of the worker; None for any."""
        return None if self._old is None else self._old.about.seed

    def hear(self, data: bytes) -> None:
        """What the script prints, as it prints it. Any thread."""
        from llmspell.replay.tape_file import PRINTED_KEPT

        self._n_printed += len(data)
        self._digest.update(data)
        if len(self._printed) <= PRINTED_KEPT:
            self._printed += data[: PRINTED_KEPT + 1 - len(self._printed)]

    def follow(self, run: Run, reader: JournalReader | None) -> None:
        """The run calls the host: from now on this is the journal that knows of it."""
        self._run = run
        self._reader = reader

    def write(
        self, launched: Launched, script: Script, args: Sequence[str], outcome: Outcome, options: dict[str, object]
    ) -> None:
        """Write the tape of a run that has ended, however it has.

        Raises:
            TapeError: It cannot be written, or the journal has not kept what it must hold.
        """
        from llmspell.replay.tape_file import write_tape

        recording = self._finished(launched, script, args, outcome, options)
        try:
            write_tape(recording, self.path)
        except TapeError as error:
            if self._run is not None and self._run.journal.mode != "off":
                error.hint = f"the journal has the run: llmspell runs replay {self._run.run_id} --save TAPE"
            raise

    def _finished(
        self, launched: Launched, script: Script, args: Sequence[str], outcome: Outcome, options: dict[str, object]
    ) -> Recording:
        """All that is known of the run."""
        from dataclasses import replace

        ended = RunOutcome(outcome.outcome, outcome.exit_code, 0.0)
        recording = self._of_journal()
        if recording is None:
            recording = self._of_worker(launched, script, args)
        about = replace(recording.about, options=options, seed=launched.seed)
        recording = replace(recording, about=about, outcome=ended, printed=self._heard())
        if self._old is not None:
            from llmspell.replay.settling import settled

            recording = settled(recording, self._old)
        return recording

    def _of_journal(self) -> Recording | None:
        if self._run is None:
            return None
        if self._reader is None or getattr(self._run.journal, "failure", None) is not None:
            raise TapeError(
                f"the tape {self.path} cannot be written: the journal has not kept the run",
                hint="--journal off records in memory",
            )
        recording = recording_of(self._reader, self._run.run_id)
        if recording is None and self._run.n_calls:
            raise TapeError(f"the tape {self.path} cannot be written: the journal does not know the run")
        return recording

    def _of_worker(self, launched: Launched, script: Script, args: Sequence[str]) -> Recording:
        """That of a script that has not called the host, so that no journal knows of it."""
        from llmspell.wire.values import unpack

        about = RunRecord(
            "",
            script.name,
            script.language,
            sha256(script.source).hexdigest(),
            "",
            tuple(self._redactor.text(it) for it in args),
            0.0,
            engine=script.engine,
        )
        notes = merged(self._redactor.value(unpack(it)) for it in launched.notes)
        return Recording(about, **notes)

    def _heard(self) -> Printed:
        from llmspell.replay.tape_file import PRINTED_KEPT

        if self._n_printed > PRINTED_KEPT:
            return Printed(None, self._digest.hexdigest(), self._n_printed)
        text = self._redactor.text(bytes(self._printed).decode("utf-8", "surrogateescape"))
        return Printed.of(text.encode("utf-8", "surrogateescape"), keep=PRINTED_KEPT)
