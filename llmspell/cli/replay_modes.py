"""`--replay=fill`, `modified` and `compare`: replays for which the script runs on the host, as any other does."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from llmspell.cli import output
from llmspell.cli.given import guessed, pair_of
from llmspell.errors import ReplayMismatch, UsageError

if TYPE_CHECKING:
    from llmspell.cli.options import Parsed
    from llmspell.cli.replaying import Replaying
    from llmspell.runtime.outcome import Outcome
    from llmspell.runtime.retaping import Comparing, Filling, FromTape
    from llmspell.runtime.runtime import Output, ScriptRuntime
    from llmspell.runtime.script import Script

MAX_TOLD = 30  # differences


class Rerun:
    """One such run.

    Args:
        asked: Which mode, which tape.
        changes: What `--modify` says.
    """

    def __init__(self, asked: Replaying, changes: Mapping[str, Any]) -> None:
        self._asked = asked
        self._changes = changes
        self._from_tape: FromTape | None = None
        self._filling: Filling | None = None
        self._comparing: Comparing | None = None

    def run(
        self, runtime: ScriptRuntime, script: Script, args: list[str], output: Output, options: Mapping[str, object]
    ) -> Outcome:
        """Run the script."""
        from llmspell.replay.changing import with_result
        from llmspell.replay.tape_file import read_tape
        from llmspell.runtime.resuming import Stdin
        from llmspell.runtime.retaping import Comparing, Filling, FromTape, check_modified
        from llmspell.security.redact import Redactor

        asked = self._asked
        redactor = Redactor(runtime.settings.secrets())
        if asked.mode == "fill" and not self._changes and not os.path.exists(asked.tape):
            self._filling = Filling(asked.record or asked.tape, redactor, None)
            return runtime.run(script, args, output=output, record=self._filling, options=options)
        recording = read_tape(asked.tape)
        given = args or list(recording.about.args)
        if asked.mode == "compare":
            self._comparing = Comparing(asked.tape, redactor, recording)
            return runtime.run(script, given, output=output, record=self._comparing, options=options)
        modified = check_modified(recording, list(self._changes))
        for place, value in self._changes.items():
            recording = with_result(recording, place, value)
        if target := self._target():
            self._filling = Filling(target, redactor, recording)
        self._from_tape = FromTape(
            recording, fills=asked.mode == "fill", modified=modified, script=script, args=tuple(given)
        )
        self._say_what_may_be_done()
        with Stdin(recording, 0) as stdin:
            return runtime.run(
                script,
                given,
                output=output,
                stdin=stdin.fd,
                record=self._filling or "",
                going_on=self._from_tape,
                options=options,
            )

    def close(self, outcome: Outcome) -> dict[str, object]:
        """Say what came of it. Returns what the envelope of `--json` has besides."""
        if self._comparing is not None:
            return self._close_comparison(outcome, self._comparing)
        refill = None if self._from_tape is None else self._from_tape.refill
        n_answered = 0 if refill is None else refill.n_answered
        if self._from_tape is None and self._filling is not None:
            n_done = self._filling.n_calls
        else:
            n_done = 0 if refill is None else refill.n_done
        what = "recorded" if self._filling is not None else "done"
        text = f"{n_answered} answered from the tape"
        if self._asked.mode == "fill":
            text += f", {n_done} {what}"
        output.note(f"llmspell: {text}")
        return {"tape": {"answered": n_answered, what: n_done}}

    def _target(self) -> str:
        """The tape that is to be written; one that is modified stays as it is."""
        if self._asked.mode != "fill":
            return ""
        return self._asked.record or ("" if self._changes else self._asked.tape)

    def _say_what_may_be_done(self) -> None:
        if self._changes and self._asked.mode == "fill":
            output.note("llmspell: what the tape does not hold is done for real, and may cost; the tape stays as it is")

    def _close_comparison(self, outcome: Outcome, comparing: Comparing) -> dict[str, object]:
        from llmspell.replay.comparison import differences

        if comparing.now is None:  # the error that there is says why
            return {"differences": None}
        found = differences(comparing.then, comparing.now)
        n_calls = sum(not it.local for it in comparing.now.calls())
        calls = f"{n_calls} call{'' if n_calls == 1 else 's'} compared"
        if not found:
            output.note(f"llmspell: as on {self._asked.tape}: {calls}")
            return {"differences": []}
        told = [it.told() for it in found[:MAX_TOLD]]
        if len(found) > MAX_TOLD:
            told.append(f"… and {len(found) - MAX_TOLD} more")
        n_found = f"{len(found)} difference{'' if len(found) == 1 else 's'}"
        report = "\n  ".join([f"not as on {self._asked.tape}: {n_found}, {calls}", *told])
        if outcome.exit_code == 0:
            outcome.error = ReplayMismatch(report, details={"differences": len(found)})
            outcome.outcome, outcome.exit_code = "error", outcome.error.exit_code
        else:
            output.note(f"llmspell: {report}")
        return {"differences": [it.to_value() for it in found]}


def rerun_of(parsed: Parsed, asked: Replaying) -> Rerun:
    """What the options ask for.

    Raises:
        UsageError: They contradict each other, or a file of changes cannot be read.
    """
    if "learn" in parsed.values:
        raise UsageError("--learn learns from what is done, and a replay does not do it", hint="leave out --replay")
    return Rerun(asked, changes_of(asked.changes))


def changes_of(given: list[str]) -> dict[str, Any]:
    """The values by their places, of `KEY=JSON` and of files with a map.

    Raises:
        UsageError: One is neither.
    """
    found: dict[str, Any] = {}
    for it in given:
        if it.endswith((".json", ".toml")) and (os.path.exists(it) or "=" not in it):
            found |= _read_changes(it)
        else:
            place, text = pair_of(it, "--modify")
            found[place] = guessed(text)
    return found


def _read_changes(path: str) -> dict[str, Any]:
    import json
    import tomllib

    try:
        with open(path, "rb") as file:
            found = tomllib.load(file) if path.endswith(".toml") else json.load(file)
    except OSError as error:
        raise UsageError(f"--modify {path}: {(error.strerror or str(error)).lower()}") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"--modify {path}: {error}") from error
    if not isinstance(found, dict):
        raise UsageError(f"--modify {path}: a map of keys to results was expected")
    return found
