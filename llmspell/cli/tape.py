"""`llmspell tape`: look at recorded runs, change what they say, take secrets out, put them together."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
from typing import TYPE_CHECKING, Annotated

import typer

from llmspell.cli import output
from llmspell.cli.flags import JsonFlag, new_app
from llmspell.cli.given import pair_of
from llmspell.cli.kept import shorten, table
from llmspell.errors import NotFound, TapeError, UsageError

if TYPE_CHECKING:
    from llmspell.journal.entries import Entry
    from llmspell.replay.recording import Recording

app = new_app()

TapeArgument = Annotated[str, typer.Argument(metavar="TAPE", help="a file that --record has written")]


@app.command("show", short_help="Show what is on a tape.")
def show(
    tape: TapeArgument,
    keys: Annotated[
        list[str] | None, typer.Argument(metavar="[KEYS]...", help="show all of these entries: 0:3, cb1.0")
    ] = None,
    effects: Annotated[bool, typer.Option("--all", "-a", help="also what happened inside the calls")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Show what is on a tape: the run, and a line for each call and each function of the script's that was called."""
    from llmspell.replay.natural import told
    from llmspell.replay.tape_file import block_lines, read_tape

    recording = read_tape(tape)
    entries = told(recording.entries)
    if keys:
        missing = [it for it in keys if it not in recording.entries]
        if missing:
            from llmspell.suggestions import did_you_mean

            raise NotFound(f"the tape has no entry {missing[0]}", hint=did_you_mean(missing[0], recording.entries))
        chosen = [recording.entries[it] for it in keys]
    else:
        chosen = entries
    if as_json:
        output.result(output.pretty_json({**_about(recording), "entries": [_value_of(it) for it in chosen]}))
    elif keys:
        output.result("\n\n".join("\n".join(block_lines(it, recording)) for it in chosen))
    else:
        shown = [it for it in entries if effects or it.kind != "effect"]
        output.result("\n".join(_headline(recording)))
        if shown:
            output.result(table([("KEY", "CALL", "ARGUMENTS", "RESULT"), *(_row(it) for it in shown)]))


@app.command("edit", short_help="Change a tape in an editor, or one answer of it.")
def edit(
    tape: TapeArgument,
    changes: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help="the answer of a call: 0:3=42, or a part of one: 0:3.text=Hello",
        ),
    ] = None,
) -> None:
    """Change a tape in $VISUAL or $EDITOR. It replaces the old one when it can be read; otherwise the line is named."""
    from llmspell.replay.changing import with_result
    from llmspell.replay.tape_file import parse_tape, read_tape, save, write_tape

    if changes:
        recording = read_tape(tape)
        for it in changes:
            place, text = pair_of(it, "--set")
            recording = with_result(recording, place, _guessed(text))
        write_tape(recording, tape)
        return
    draft = f"{tape}.edited"
    if os.path.exists(draft) and os.stat(draft).st_mtime_ns >= os.stat(tape).st_mtime_ns:
        output.note(f"llmspell: this goes on with the draft {draft}")
    else:
        read_tape(tape)  # it is one
        if os.path.exists(draft):
            os.replace(draft, f"{draft}.old")
            output.note(f"llmspell: the tape is newer than the draft {draft}, which is now {draft}.old")
        with open(tape, "rb") as file:
            save(file.read(), draft)
    _run_editor(draft)
    with open(draft, "rb") as file:
        data = file.read()
    try:
        parse_tape(data, draft)
    except TapeError as bad:
        raise TapeError(bad.message, hint=f"`llmspell tape edit {shlex.quote(tape)}` opens it again") from bad
    save(data, tape)
    os.unlink(draft)


@app.command("redact", short_help="Take texts out of a tape.")
def redact(
    tape: TapeArgument,
    texts: Annotated[list[str] | None, typer.Option("--text", metavar="TEXT", help="this text, wherever it is")] = None,
    expressions: Annotated[
        list[str] | None, typer.Option("--regex", metavar="REGEX", help="what this matches, as Python's re reads it")
    ] = None,
    places: Annotated[
        list[str] | None,
        typer.Option("--path", metavar="KEY[.PATH]", help="this answer, or a part of one: 0:3.text"),
    ] = None,
    output_file: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="write there, and leave the tape as it is")
    ] = "",
) -> None:
    """Take texts out of everything on a tape; [redacted] stands in their place. Known forms of secrets always go."""
    from llmspell.replay.changing import without
    from llmspell.replay.tape_file import read_tape, write_tape

    patterns = [re.compile(re.escape(it)) for it in texts or () if it]
    for it in expressions or ():
        if not it:
            raise UsageError("--regex is empty, and so says nothing", hint="--text TEXT or --regex REGEX")
        try:
            patterns.append(re.compile(it))
        except re.error as error:
            raise UsageError(f"--regex {it!r}: {error}") from error
    if not patterns and not places:
        raise UsageError("nothing to take out", hint="--text TEXT, --regex REGEX or --path KEY.PATH")
    missed: list[str] = []
    recording, n_found = without(read_tape(tape), patterns, places or (), missed=missed)
    if not n_found:
        raise NotFound(f"{tape} holds nothing of that")
    write_tape(recording, output_file or tape)
    for it in missed:
        output.note(f"llmspell: the tape holds nothing that {output.clean(it)} matches")
    output.note(f"llmspell: {n_found} {'text' if n_found == 1 else 'texts'} taken out")


@app.command("merge", short_help="Put several tapes of one script together.")
def merge(
    tapes: Annotated[list[str], typer.Argument(metavar="TAPES...", help="two or more, of the same script")],
    output_file: Annotated[str, typer.Option("--output", "-o", metavar="FILE", help="the tape to write")],
    prefer_last: Annotated[
        bool, typer.Option("--prefer-last", help="where two say different things of a call, the later counts")
    ] = False,
) -> None:
    """Put the calls of several tapes on one; what holds for the whole run is the last one's."""
    from llmspell.replay.changing import merged_tapes
    from llmspell.replay.tape_file import read_tape, write_tape

    if len(tapes) < 2:
        raise UsageError("merge needs two tapes", hint="llmspell tape merge A B --output C")
    merged = merged_tapes([(it, read_tape(it)) for it in tapes], prefer_last=prefer_last)
    write_tape(merged, output_file)
    output.note(f"llmspell: {len(merged.calls())} calls on {output_file}")


def _run_editor(path: str) -> None:
    command = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if not command:
        raise UsageError("there is no editor: neither $VISUAL nor $EDITOR is set", hint="or --set KEY=VALUE")
    try:
        done = subprocess.run([*shlex.split(command), path], check=False)
    except (OSError, ValueError) as error:
        raise UsageError(f"the editor {command} cannot be started: {error}") from error
    if done.returncode:
        raise UsageError(f"the editor ended with {done.returncode}; the tape is as it was", hint=f"the draft is {path}")


def _guessed(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _about(recording: Recording) -> dict[str, object]:
    about, outcome = recording.about, recording.outcome
    return {
        "script": str(recording.start.get("path", about.script)),
        "language": about.language,
        "engine": about.engine,
        "profile": about.profile,
        "args": list(about.args),
        "outcome": None if outcome is None else outcome.outcome,
        "exit_code": None if outcome is None else outcome.exit_code,
        "calls": len(recording.calls()),
        "cost_usd": sum(it.cost_usd for it in recording.entries.values()),
    }


def _headline(recording: Recording) -> list[str]:
    about = _about(recording)
    usage = [it.usage for it in recording.entries.values()]
    n_tokens = sum(it.input_tokens + it.output_tokens for it in usage)
    path = output.clean(os.path.relpath(str(about["script"])) if about["script"] else "")
    how = f"{about['outcome']}, exit code {about['exit_code']}"
    lines = [f"{path} ({about['engine']}, profile {about['profile']}): {how}"]
    args = [str(it) for it in recording.about.args]
    if args:
        lines.append(f"arguments: {output.clean(shlex.join(args))}")
    cost = f", {n_tokens} tokens, {about['cost_usd']:.4f} USD not spent by a replay" if n_tokens else ""
    lines.append(f"{len(recording.calls())} calls{cost}")
    return lines


def _row(entry: Entry) -> tuple[str, str, str, str]:
    args = output_text(entry.args)
    if entry.error is not None:
        result = f"error {entry.error.get('code')}: {entry.error.get('message')}"
    else:
        result = "no answer" if entry.result_packed is None else output_text(entry.result)
    return (
        shorten(entry.key, 24),
        shorten(f"{entry.target}.{entry.method}", 30),
        shorten(args[1:-1] if args.startswith("[") else args, 40),
        shorten(result, 50),
    )


def output_text(value: object) -> str:
    """A value on one line, with functions and objects by their names."""
    if isinstance(value, dict):
        if list(value) == ["$function"]:
            return f"function {value['$function']}"
        if list(value) == ["$handle"] and isinstance(value["$handle"], list):
            number, *about = value["$handle"]
            return f"{about[0] if about else 'object'}#{number}"
        return "{" + ", ".join(f"{key}: {output_text(it)}" for key, it in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(output_text(it) for it in value) + "]"
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else json.dumps(value)


def _value_of(entry: Entry) -> dict[str, object]:
    return {
        "key": entry.key,
        "kind": entry.kind,
        "parent": entry.parent,
        "target": entry.target,
        "method": entry.method,
        "args": entry.args,
        "result": entry.result,
        "error": None if entry.error is None else dict(entry.error),
        "cost_usd": entry.cost_usd,
    }
