"""`--replay` and `--record`: which tape, which way; and a strict replay, which needs neither settings nor a network."""

from __future__ import annotations

import os

from llmspell.cli import output
from llmspell.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from llmspell.cli.options import Parsed
    from llmspell.runtime.script import Script

MODES = ("strict", "fill", "modified", "compare")


class Replaying:
    """What the options say. `mode` is empty where nothing is replayed; `tape` may be empty only then."""

    __slots__ = ("changes", "mode", "record", "tape")

    def __init__(self, mode: str, tape: str, record: str, changes: list[str] | None = None) -> None:
        self.changes = changes or []
        self.mode = mode
        self.tape = tape
        self.record = record


def read_options(parsed: Parsed) -> Replaying:
    """What `--replay`, `--modify` and `--record` ask for. VALUE of the first is TAPE, MODE or MODE:TAPE; it may come
    twice.

    Raises:
        UsageError: They contradict themselves, or no tape is named.
    """
    record = parsed.text("record") or ""
    mode = tape = ""
    for value in parsed.many("replay"):
        head, colon, rest = value.partition(":")
        if value in MODES:
            mode = value
        elif colon and head in MODES:
            mode, tape = head, rest
        else:
            tape = value
    changes = parsed.many("modify")
    if not mode and not tape:
        if changes:
            raise UsageError("--modify changes what a replay answers", hint="--replay=modified:TAPE --modify KEY=JSON")
        return Replaying("", "", record)
    mode = mode or ("modified" if changes else "strict")
    tape = tape or record
    if not tape:
        raise UsageError(f"--replay={mode} needs a tape", hint=f"--replay={mode}:TAPE")
    if mode != "fill" and record:
        what = {"strict": "a strict", "modified": "a modified", "compare": "a comparing"}[mode]
        raise UsageError(f"{what} replay records nothing", hint="leave out --record, or --replay=fill:TAPE")
    if mode == "modified" and not changes:
        raise UsageError("--replay=modified needs to be told what is other", hint="--modify KEY=JSON, or --modify FILE")
    if mode in ("strict", "compare") and changes:
        raise UsageError(f"--replay={mode} takes no --modify", hint="--replay=modified:TAPE, or --replay=fill:TAPE")
    return Replaying(mode, tape, record, changes)


def play_strict(parsed: Parsed, path: str, tape: str) -> int:
    """`llmspell run FILE --replay TAPE`. Returns the exit code.

    Raises:
        LLMSpellError: What ended the run, now or then.
    """
    from llmspell.replay.tape_file import read_tape
    from llmspell.runtime.playing import play, profile_of
    from llmspell.runtime.script import detect

    recording = read_tape(tape, calls_only=True)
    engine = parsed.text("engine")
    language = parsed.text("language")
    if engine is None and language is None:
        engine = recording.about.engine or None
    script = detect(path, language=language, engine=engine)
    args = parsed.args or None
    if (target := parsed.text("output")) not in (None, "-"):
        from llmspell.cli.execution import redirect_stdout

        redirect_stdout(target or "")
    played = play(
        recording,
        script,
        args,
        profile=profile_of(recording, parsed.text("profile")),
        stdout=2 if parsed.flag("json") else 1,
    )
    ending = played.ending
    if ending.error is not None:
        output.error(ending.error, script)
    if parsed.flag("json"):
        output.result(_envelope(played.n_calls, ending))
    return ending.exit_code


def _envelope(n_calls: int, ending: object) -> str:
    from llmspell.cli.execution import envelope
    from llmspell.runtime.outcome import outcome_of

    outcome = outcome_of(None, ending, duration_ms=0.0)  # type: ignore[arg-type]  # an Ending
    outcome.usage = {"calls": n_calls}
    return envelope(outcome)


def script_of(path: str, tape: str, engine: str) -> Script:
    """The script that a tape names: relative to the tape, or to the working folder."""
    from llmspell.runtime.script import detect

    if not os.path.exists(path):
        beside = os.path.join(os.getcwd(), os.path.basename(path))
        path = beside if os.path.exists(beside) else path
    return detect(path, engine=engine or None)
