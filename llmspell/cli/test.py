"""`llmspell test`: play every tape, and say where a script no longer does what it did."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

import typer

from llmspell.cli import output
from llmspell.cli.flags import ConfigFlag, JsonFlag, ProfileFlag, parsed_of
from llmspell.errors import LLMSpellError, UsageError

if TYPE_CHECKING:
    from llmspell.cli.options import Parsed
    from llmspell.config.settings import Settings
    from llmspell.replay.recording import Recording
    from llmspell.runtime.script import Script
    from llmspell.security.profile import Profile

DEFAULT_FOLDER = os.path.join("tests", "tapes")
SUFFIX = ".tape"
MAX_DIFF_LINES = 40


@dataclass(slots=True)
class Result:
    """What became of one tape. `problems` is empty where the script does what it did."""

    tape: str
    script: str = ""
    n_calls: int = 0
    problems: list[str] = field(default_factory=list)
    updated: bool = False

    @property
    def ok(self) -> bool:
        return not self.problems


def test(
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="[PATHS]...", help="tapes, or folders of tapes; default tests/tapes")
    ] = None,
    update: Annotated[
        bool, typer.Option("--update", "-u", help="record every tape again, by running its script for real")
    ] = False,
    jobs: Annotated[
        int, typer.Option("--jobs", "-j", metavar="N", min=0, help="how many at once; 0 is one for each processor")
    ] = 0,
    profile: ProfileFlag = None,
    as_json: JsonFlag = False,
    config: ConfigFlag = None,
) -> None:
    """Play tapes: no network, no keys, no cost. Exit code 1 where a script no longer does what its tape says."""
    tapes = found_tapes(paths or [DEFAULT_FOLDER])
    if update:
        parsed = parsed_of(config=config, profile=profile)
        results = [_update(it, parsed) for it in tapes]
    else:
        results = in_parallel(lambda it: check(it, profile), tapes, jobs or os.cpu_count() or 1)
    if as_json:
        output.result(output.pretty_json([_value_of(it) for it in results]))
    else:
        output.result("\n".join(line for it in results for line in _lines_of(it)))
        output.result(_summary(results))
    if not all(it.ok for it in results):
        raise typer.Exit(1)


def found_tapes(paths: Sequence[str]) -> list[str]:
    """The tapes that these paths stand for.

    Raises:
        UsageError: There are none.
    """
    found: list[str] = []
    for path in paths:
        if os.path.isdir(path):
            for folder, folders, names in os.walk(path):
                folders.sort()
                found += [os.path.join(folder, it) for it in sorted(names) if it.endswith(SUFFIX)]
        elif os.path.exists(path):
            found.append(path)
        else:
            raise UsageError(f"there is no {path}", hint="llmspell run --record NAME.tape FILE makes a tape")
    if not found:
        raise UsageError(
            f"there are no tapes in {', '.join(paths)}",
            hint="llmspell run --record NAME.tape FILE makes one; their names end in .tape",
        )
    return list(dict.fromkeys(found))


def in_parallel(work: Callable[[str], Result], items: Sequence[str], at_once: int) -> list[Result]:
    """Do it for all, some at a time, each in a thread: what takes time is done by the workers."""
    if at_once == 1 or len(items) == 1:
        return [work(it) for it in items]
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(min(at_once, len(items))) as pool:
        return list(pool.map(work, items))


def check(tape: str, profile: str | None = None) -> Result:
    """Play one tape, and compare output and exit code with the recorded ones."""
    from llmspell.replay.tape_file import read_tape
    from llmspell.runtime.playing import play, profile_of

    result = Result(tape)
    try:
        recording = read_tape(tape, calls_only=True)
        script = script_of(recording, tape)
        result.script = script.path or script.name
        played = play(recording, script, profile=profile_of(recording, profile), capture=True)
    except LLMSpellError as failure:
        result.problems.append(_shown(failure))
        return result
    except (
        Exception
    ) as failure:  # a tape is anybody's file: one that breaks us must not keep the others from being told
        result.problems.append(_unforeseen(failure))
        return result
    result.n_calls = played.n_calls
    ending = played.ending
    recorded = recording.outcome
    if ending.error is not None and (recorded is None or recorded.exit_code != ending.exit_code):
        result.problems.append(_shown(ending.error))
    elif recorded is not None and recorded.exit_code != ending.exit_code:
        result.problems.append(f"exit code {ending.exit_code}, it was {recorded.exit_code}")
    if recording.printed is not None and not recording.printed.is_as(played.stdout):
        result.problems.append(_difference(recording.printed.text, played.stdout))
    return result


def script_of(recording: Recording, tape: str) -> Script:
    """The script that a tape names, by its path from the tape; otherwise in the working folder.

    Raises:
        ScriptNotFound: It is in neither place.
    """
    from llmspell.runtime.script import detect

    path = str(recording.start.get("path") or recording.about.script)
    if not os.path.exists(path) and os.path.exists(os.path.basename(path)):
        path = os.path.basename(path)
    path = os.path.relpath(path) if os.path.isabs(path) and os.path.exists(path) else path
    return detect(path, engine=recording.about.engine or None)


def _live_profile(parsed: Parsed, recorded: str) -> tuple[Settings, Profile]:
    """What a tape's script is run under for real. A tape is data, perhaps a stranger's: it may ask for more confinement
    than the user has, never for less.

    Raises:
        UsageError: It was recorded under another profile, which is not known to be stricter.
    """
    from llmspell.cli.settings import load
    from llmspell.security.profiles import BUILTIN

    settings, profile = load(parsed)
    if parsed.text("profile") or recorded in ("", profile.name):
        return settings, profile
    levels = list(BUILTIN)  # from the weakest to the strictest
    if recorded in levels and profile.name in levels and levels.index(recorded) > levels.index(profile.name):
        stricter = parsed_of(**{**parsed.values, "profile": recorded})  # type: ignore[arg-type]  # no flags among them
        return load(stricter)
    raise UsageError(
        f"it was recorded under profile {recorded}, and yours is {profile.name}; this runs the script for real",
        hint=f"a tape may not choose that: say -P {recorded} or -P {profile.name}",
    )


def _update(tape: str, parsed: Parsed) -> Result:
    from llmspell.replay.tape_file import read_tape
    from llmspell.runtime.playing import open_stdin
    from llmspell.runtime.runtime import ScriptRuntime

    result = Result(tape)
    try:
        recording = read_tape(tape)
        script = script_of(recording, tape)
        result.script = script.path or script.name
        settings, profile = _live_profile(parsed, recording.about.profile)
        stdin = open_stdin(recording.stdin or b"")
        try:
            runtime = ScriptRuntime(profile=profile, settings=settings)
            outcome = runtime.run(script, recording.about.args, output="capture", stdin=stdin, record=tape)
        finally:
            os.close(stdin)
        result.updated = True
        before = recording.outcome.exit_code if recording.outcome is not None else 0
        if outcome.error is not None and outcome.exit_code != before:
            result.problems.append(_shown(outcome.error))
    except LLMSpellError as failure:
        result.problems.append(_shown(failure))
    except Exception as failure:  # as in `check`: one bad tape must not keep the others from being tried
        result.problems.append(_unforeseen(failure))
    return result


def _unforeseen(failure: Exception) -> str:
    return f"the tape cannot be played: {type(failure).__name__}: {str(failure)[:200]}"


def _shown(failure: LLMSpellError) -> str:
    return failure.message + (f"\nhint: {failure.hint}" if failure.hint else "")


def _difference(before: bytes | None, after: bytes) -> str:
    if before is None:
        return "other output than recorded (which is too long to be on the tape)"
    lines = [it.decode("utf-8", "backslashreplace").splitlines() for it in (before, after)]
    diff = list(difflib.unified_diff(lines[0], lines[1], "recorded", "now", lineterm=""))
    if not diff:
        return "other output than recorded: they differ in the ends of lines"
    more = [f"… and {len(diff) - MAX_DIFF_LINES} more lines"] if len(diff) > MAX_DIFF_LINES else []
    return "\n".join([*diff[:MAX_DIFF_LINES], *more])


def _lines_of(result: Result) -> list[str]:
    name = output.clean(result.tape)
    if result.ok:
        return [f"{'updated' if result.updated else 'ok     '}  {name}"]
    lines = [f"FAILED   {name}" + (f"  ({output.clean(result.script)})" if result.script else "")]
    for problem in result.problems:
        lines += [f"    {output.clean(it)}" for it in problem.split("\n")]
    return lines


def _summary(results: Sequence[Result]) -> str:
    n_failed = sum(not it.ok for it in results)
    n_calls = sum(it.n_calls for it in results)
    tapes = f"{len(results)} tape{'' if len(results) == 1 else 's'}"
    if any(it.updated for it in results):
        return f"{tapes} recorded again" + (f", {n_failed} failed" if n_failed else "")
    return f"{tapes}, {n_calls} calls answered: {f'{n_failed} failed' if n_failed else 'all as recorded'}"


def _value_of(result: Result) -> dict[str, object]:
    return {
        "tape": result.tape,
        "script": result.script,
        "ok": result.ok,
        "calls": result.n_calls,
        "updated": result.updated,
        "problems": result.problems,
    }
