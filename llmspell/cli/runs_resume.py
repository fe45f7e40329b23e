"""`llmspell runs resume RUN` and `runs fork RUN`: go on from where a run was cut off, or from any place of it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated, get_args

import typer

from llmspell.cli import output
from llmspell.cli.flags import ConfigFlag, JsonFlag
from llmspell.cli.run_reading import RunArgument, reader_of
from llmspell.errors import ScriptNotFound, UsageError

if TYPE_CHECKING:
    from llmspell.effects.replaying import OnUnknown
    from llmspell.journal.entries import Entry
    from llmspell.journal.protocol import JournalReader
    from llmspell.runtime.outcome import Outcome
    from llmspell.runtime.resuming import Continuation
    from llmspell.runtime.script import Script

OnUnknownFlag = Annotated[
    list[str] | None,
    typer.Option(
        "--on-unknown",
        metavar="[KEY=]WHAT",
        help="what to do about an effect that had begun and may have been done: retry, skip or abort (default)",
    ),
]
AllowFlag = Annotated[list[str] | None, typer.Option("--allow", "-a", metavar="KIND:WHAT", help="grant this, too")]
DenyFlag = Annotated[list[str] | None, typer.Option("--deny", metavar="KIND:WHAT", help="take this away")]
BudgetFlag = Annotated[
    str, typer.Option("--budget", metavar="USD", help="in the place of the run's budget, for all of it")
]
TimeoutFlag = Annotated[
    str, typer.Option("--timeout", "-t", metavar="TIME", help="in the place of the run's time limit")
]
LimitFlag = Annotated[list[str] | None, typer.Option("--limit", metavar="NAME=VALUE", help="in the place of a limit")]
ProfileFlag = Annotated[str, typer.Option("--profile", "-P", metavar="NAME", help="in the place of the run's profile")]


def resume(
    run: RunArgument,
    on_unknown: OnUnknownFlag = None,
    allow: AllowFlag = None,
    deny: DenyFlag = None,
    budget: BudgetFlag = "",
    timeout: TimeoutFlag = "",
    limit: LimitFlag = None,
    profile: ProfileFlag = "",
    as_json: JsonFlag = False,
    config: ConfigFlag = None,
) -> None:
    """Go on with a run that was killed, interrupted, or ended by a limit, a budget or an error.

    The script runs from its start, with the arguments, the input and the rights that it had; a profile weaker than the
    one that counts here has to be named again. What it had done is
    answered from the journal, free of charge; what it had not done is done."""
    from llmspell.runtime.resuming import check_resumable, find_recording

    reader = _own_reader(config)
    recording = find_recording(reader, run)
    check_resumable(reader, recording)
    flags = _flags(allow, deny, budget, timeout, limit, profile, config)
    raise typer.Exit(_go_on(recording, flags, on_unknown or [], as_json=as_json, is_fork=False, at=""))


def fork(
    run: RunArgument,
    at: Annotated[
        str,
        typer.Option("--at", metavar="PLACE", help="up to there: the number of a call, a key, or a checkpoint's label"),
    ] = "",
    on_unknown: OnUnknownFlag = None,
    allow: AllowFlag = None,
    deny: DenyFlag = None,
    budget: BudgetFlag = "",
    timeout: TimeoutFlag = "",
    limit: LimitFlag = None,
    profile: ProfileFlag = "",
    as_json: JsonFlag = False,
    config: ConfigFlag = None,
) -> None:
    """Go on from a place of a run with the script as it is now, as a new run.

    What the run had done up to that place is answered from the journal; from there on everything is done."""
    from llmspell.runtime.resuming import find_recording

    reader = _own_reader(config)
    recording = find_recording(reader, run)
    flags = _flags(allow, deny, budget, timeout, limit, profile, config)
    raise typer.Exit(_go_on(recording, flags, on_unknown or [], as_json=as_json, is_fork=True, at=at))


def _own_reader(config: str | None) -> JournalReader:
    from llmspell.cli.kept import settings_of
    from llmspell.cli.runs_trust import check_owner
    from llmspell.journal.open import place_of

    check_owner(place_of(settings_of(config)))
    return reader_of(config)


def _go_on(
    recording: object,
    flags: list[str],
    choices: list[str],
    *,
    as_json: bool,
    is_fork: bool,
    at: str,
) -> int:
    from llmspell.cli.execution import asker_of, envelope
    from llmspell.cli.options import parse
    from llmspell.cli.runs_trust import check_confinement
    from llmspell.cli.settings import announce, load
    from llmspell.replay.recording import Recording
    from llmspell.runtime.resuming import Continuation, Stdin, place_of, script_of
    from llmspell.runtime.runtime import ScriptRuntime

    assert isinstance(recording, Recording)
    on_unknown = read_choices(choices)
    upto = place_of(recording, at) if at else None
    going_on = Continuation(recording, is_fork, upto, on_unknown)
    _, own = load(parse("run", [*flags, "--", "script"]))  # before a folder of the journal's is entered
    _enter_folder(recording.start.get("cwd"))
    script = script_of(recording, is_fork=is_fork)
    if sys.stdin is not None and sys.stdin.isatty() and "" not in on_unknown:
        _ask(going_on)
    had = recording.start.get("flags")
    parsed = parse("run", [*(str(it) for it in (had if isinstance(had, list) else [])), *flags, "--", script.name])
    settings, profile = load(parsed)
    check_confinement(profile, own)
    announce(settings, parsed)
    runtime = ScriptRuntime(profile=profile, settings=settings, ask=asker_of(parsed, script))
    with Stdin(recording, 0) as stdin:
        outcome = runtime.run(
            script,
            recording.about.args,
            mode=str(recording.start.get("mode", "script")),
            output="stderr" if as_json else "inherit",
            stdin=stdin.fd,
            going_on=going_on,
            options={"flags": [*(had if isinstance(had, list) else []), *flags], "upto": upto},
        )
    return _close(outcome, script, as_json=as_json, envelope=envelope)


def _close(outcome: Outcome, script: Script, *, as_json: bool, envelope: object) -> int:
    from llmspell.cli.execution import hint_at_resume

    if outcome.error is not None:
        hint_at_resume(outcome)
        output.error(outcome.error, script)
    if outcome.saved is not None:
        output.note(f"llmspell: {saved_text(outcome.saved.calls, outcome.saved.cost_usd)}")
    if as_json:
        output.result(envelope(outcome))  # type: ignore[operator]  # execution.envelope
    return outcome.exit_code


def saved_text(calls: int, cost_usd: float) -> str:
    """`14 calls reused, $0.42 not spent again`"""
    from llmspell.effects.budget import shown_usd

    text = f"{calls} call{'' if calls == 1 else 's'} reused"
    return f"{text}, ${shown_usd(cost_usd)} not spent again" if cost_usd else text


def read_choices(choices: list[str]) -> dict[str, OnUnknown]:
    """What `--on-unknown` says, by key; `""` for all others.

    Raises:
        UsageError: It is none of what there is.
    """
    from llmspell.effects.replaying import OnUnknown
    from llmspell.suggestions import did_you_mean

    found: dict[str, OnUnknown] = {}
    for it in choices:
        key, _, what = it.rpartition("=")
        if what not in get_args(OnUnknown):
            hint = did_you_mean(what, get_args(OnUnknown)) or "retry, skip or abort"
            raise UsageError(f"--on-unknown {it}: there is no {what}", hint=hint)
        found[key] = what  # type: ignore[assignment]  # as was looked at
    return found


def _ask(going_on: Continuation) -> None:
    """Ask about each effect that may have been done, where somebody is there to answer."""
    for entry in going_on.unknown():
        if entry.key in going_on.on_unknown or entry.idempotent:
            continue
        output.note(f"llmspell: {_question(entry)}")
        answer = typer.prompt("retry it, skip it, or abort", default="abort", err=True)
        going_on.on_unknown |= read_choices([f"{entry.key}={answer.strip()}"])


def _question(entry: Entry) -> str:
    from llmspell.journal.canonical import to_json

    args = to_json(entry.args)
    args = args if len(args) <= 300 else args[:299] + "…"
    return f"{entry.target}.{entry.method} ({entry.key}) had begun, and nobody knows whether it was done: {args}"


def _enter_folder(path: object) -> None:
    if not isinstance(path, str) or path == os.getcwd():
        return
    try:
        os.chdir(path)
    except OSError as error:
        reason = (error.strerror or "").lower()
        raise ScriptNotFound(f"the folder {path}, in which the run was started, cannot be entered: {reason}") from error


def _flags(
    allow: list[str] | None,
    deny: list[str] | None,
    budget: str,
    timeout: str,
    limit: list[str] | None,
    profile: str,
    config: str | None,
) -> list[str]:
    many = {"allow": allow, "deny": deny, "limit": limit}
    one = {
        "budget": budget,
        "timeout": timeout,
        "profile": profile,
        "config": os.path.abspath(config) if config else "",
    }
    found = [f"--{name}={it}" for name, items in many.items() for it in items or ()]
    return found + [f"--{name}={it}" for name, it in one.items() if it]
