"""Run a script for `run` and `eval`: settings and profile from the options, the outcome on the right streams."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from llmspell.cli import output
from llmspell.cli.failure import exit_code_for
from llmspell.cli.options import Parsed, misplaced
from llmspell.errors import LLMSpellError, UsageError

if TYPE_CHECKING:
    from llmspell.approval.gate import Answer, Request
    from llmspell.cli.learning import Learning
    from llmspell.cli.replay_modes import Rerun
    from llmspell.cli.trace_drawing import TraceOutput
    from llmspell.config.settings import Settings
    from llmspell.effects.run import Run
    from llmspell.runtime.outcome import Outcome
    from llmspell.runtime.runtime import Output
    from llmspell.runtime.script import Script

STOPPED = ("cancelled", "timeout", "budget", "limit", "paused")  # outcomes of runs that can be resumed
# How a run is started, and not where it writes or what it replays.
_KEPT = (
    "profile",
    "timeout",
    "allow",
    "deny",
    "limit",
    "budget",
    "require-sandbox",
    "model",
    "journal",
    "set",
    "config",
)
NO_USAGE = {"calls": 0, "input_tokens": 0, "output_tokens": 0, "cached_tokens": 0}


def set_style(parsed: Parsed) -> None:
    """Let `-q` and `-v` decide how much is said."""
    output.STYLE.quiet = parsed.flag("quiet")
    output.STYLE.verbose = output.STYLE.verbose or parsed.flag("verbose")


def warn_of_misplaced(parsed: Parsed) -> None:
    """Say that an option which stands after FILE or CODE has become the script's."""
    if option := misplaced(parsed):
        what = "CODE" if parsed.command == "eval" else "FILE"
        output.warn(f"{option} stands after {what}, so it went to the script; put it before to change the run")


def execute(
    parsed: Parsed, find: Callable[[Settings], Script], mode: str = "script", rerun: Rerun | None = None
) -> int:
    """Run a script. Returns the exit code.

    Args:
        find: Makes the script; the settings may say which language and engine.
        mode: As of `engine.protocol`: script, eval, each, each_print.
        rerun: The replay that it is.
    """
    with_json = parsed.flag("json")
    try:
        script, outcome = _run(parsed, find, mode, rerun)
    except LLMSpellError as failure:
        if with_json:
            output.result(failure_envelope(failure))
        raise
    more = rerun.close(outcome) if rerun is not None else None
    if outcome.error is not None:
        hint_at_resume(outcome)
        output.error(outcome.error, script)
    if with_json:
        output.result(envelope(outcome, more))
    elif mode == "eval" and outcome.outcome == "ok":
        from llmspell.cli.values import shown  # late: a plain run shows no value

        output.result(shown(outcome.value, script.engine))
    return outcome.exit_code


def _run(parsed: Parsed, find: Callable[[Settings], Script], mode: str, rerun: Rerun | None) -> tuple[Script, Outcome]:
    from llmspell.cli.settings import announce, load  # late: a mistake in the command line needs no settings
    from llmspell.runtime.runtime import ScriptRuntime

    settings, profile = load(parsed)
    script = find(settings)
    warn_of_misplaced(parsed)
    announce(settings, parsed)
    for it in profile.overrides:
        output.detail(f"llmspell: profile {profile.name}: {it}")
    trace = _trace(parsed)
    watch = trace.watch if trace is not None else None
    learning = _learning(parsed, script, settings)
    runtime = ScriptRuntime(
        profile=profile,
        settings=settings,
        ask=asker_of(parsed, script),
        at_end=learning.keep if learning is not None else None,
        watch=watch,
    )
    if script.header:  # before anything is emptied
        runtime = runtime.admitting(script, learning=learning is not None)
    target = parsed.text("output")
    if target not in (None, "-"):
        redirect_stdout(target or "")
    prints = learning is not None and learning.prints
    target_of_output: Output = "stderr" if parsed.flag("json") or prints else "inherit"
    record = parsed.text("record") or ""
    options = {"flags": flags_of(parsed)}
    try:
        if rerun is not None:
            outcome = rerun.run(runtime, script, parsed.args, target_of_output, options)
        else:
            outcome = runtime.run(
                script, parsed.args, mode=mode, output=target_of_output, record=record, options=options
            )
    finally:
        if trace is not None:
            trace.close()
    if learning is not None:
        learning.finish()
    return script, outcome


def hint_at_resume(outcome: Outcome) -> None:
    """Say how to go on with a run that was stopped from outside, in the hint of its error."""
    error = outcome.error
    if error is None or outcome.run_id is None or outcome.outcome not in STOPPED:
        return
    if "llmspell runs resume" not in error.hint:
        error.hint = f"{error.hint}; " if error.hint else ""
        error.hint += f"`llmspell runs resume {outcome.run_id}` goes on from here"


def flags_of(parsed: Parsed) -> list[str]:
    """The options that decide what a run may do, as words of a command line: for one that goes on from it."""
    found = [f"--config={os.path.abspath(parsed.text('config') or '')}"] if parsed.text("config") else []
    for name in _KEPT:
        value = parsed.values.get(name)
        if isinstance(value, bool):
            found += [f"--{name}"] if value else []
        elif value is not None:
            found += [f"--{name}={it}" for it in (value if isinstance(value, list) else [value])]
    return found


def _trace(parsed: Parsed) -> TraceOutput | None:
    if not parsed.flag("trace"):
        return None
    from llmspell.cli.trace_drawing import TraceOutput  # late: few runs are watched

    return TraceOutput()


def _learning(parsed: Parsed, script: Script, settings: Settings) -> Learning | None:
    if "learn" not in parsed.values:
        return None
    from llmspell.cli.learning import learning_of  # late: few runs are for that

    return learning_of(parsed, script, settings)


def asker_of(parsed: Parsed, script: Script) -> Callable[[Request], Answer] | None:
    """Who is asked about what a script's header wants; None where nobody is."""
    if not script.header:
        return None
    from llmspell.cli.approving import asker  # late: few scripts ask for anything

    return asker(parsed)


def redirect_stdout(path: str) -> None:
    """Make a file what stdout is, for the script and for us; it is emptied first."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o666)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"cannot write to {path}: {reason.lower()}") from error
    os.dup2(descriptor, output.STDOUT)
    os.close(descriptor)


def envelope(outcome: Outcome, more: Mapping[str, object] | None = None) -> str:
    """The JSON object of `--json`.

    Args:
        more: What else it has.
    """
    from llmspell.cli.values import to_json

    return to_json(
        {
            "run_id": outcome.run_id,
            "outcome": outcome.outcome,
            "exit_code": outcome.exit_code,
            "value": outcome.value,
            "error": error_map(outcome.error) if outcome.error is not None else None,
            "usage": {**NO_USAGE, **outcome.usage},
            "cost_usd": outcome.cost_usd,
            "denied": list(outcome.denied),
            "duration_ms": round(outcome.duration_ms, 3),
            **(more or {}),
        }
    )


def envelope_of(run: Run, value: object, failure: LLMSpellError | None, started: float) -> str:
    """The same object for a run without a script.

    Args:
        started: When it was, by `time.monotonic`.
    """
    from llmspell.runtime.outcome import Ending, outcome_of

    ending = Ending(0 if failure is None else failure.exit_code, value, failure)
    return envelope(outcome_of(run, ending, duration_ms=(time.monotonic() - started) * 1000))


def failure_envelope(failure: LLMSpellError) -> str:
    """The same object for a run that did not begin."""
    from llmspell.cli.values import to_json

    nothing: dict[str, object] = {
        "run_id": None,
        "value": None,
        "usage": NO_USAGE,
        "cost_usd": 0.0,
        "denied": [],
        "duration_ms": 0.0,
    }
    return to_json({**nothing, "outcome": "error", "exit_code": exit_code_for(failure), "error": error_map(failure)})


def error_map(failure: LLMSpellError) -> dict[str, object]:
    """An error for programs: as on the wire, and the script's frames."""
    frames = getattr(failure, "traceback", "")
    return {**failure.to_wire(), **({"traceback": frames} if frames else {})}
