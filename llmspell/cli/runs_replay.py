"""`llmspell runs replay`: play a run strictly from what the journal has of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from llmspell.cli import output
from llmspell.cli.flags import ConfigFlag
from llmspell.errors import RunNotFound, TapeError

if TYPE_CHECKING:
    from llmspell.replay.recording import Recording
    from llmspell.runtime.script import Script


def replay(
    run: Annotated[str, typer.Argument(metavar="RUN", help="a run's id, the beginning of one, or last")] = "last",
    profile: Annotated[
        str | None, typer.Option("--profile", "-P", metavar="NAME", help="none or low, where the run was under that")
    ] = None,
    save: Annotated[
        str, typer.Option("--save", metavar="TAPE", help="write a tape of the run instead of playing it")
    ] = "",
    config: ConfigFlag = None,
) -> None:
    """Play a run again from the journal: no network, no keys, no cost, the same output.

    A call that the journal does not hold ends it with exit code 65."""
    from llmspell.cli.run_reading import found_run, reader_of
    from llmspell.replay.recording import recording_of
    from llmspell.runtime.playing import play, profile_of

    reader = reader_of(config)
    name = found_run(reader, run).run.run_id
    recording = recording_of(reader, name)
    if recording is None:
        raise RunNotFound(f"the run {name} is no longer in the journal")
    lacks_local = _lacks_local(recording)
    if save and not lacks_local:
        from llmspell.replay.tape_file import write_tape

        write_tape(recording, save)
        return
    if lacks_local:
        raise TapeError(
            f"the run {recording.about.run_id} cannot be replayed: the journal leaves out calls that reach nothing "
            f"outside the run, and it made some ({lacks_local} before the last that is kept)",
            hint="runs resume does them again; a run with --record keeps all of them",
        )
    script = _script_of(recording)
    played = play(recording, script, profile=profile_of(recording, profile))
    if played.ending.error is not None:
        output.error(played.ending.error, script)
    raise typer.Exit(played.ending.exit_code)


def _lacks_local(recording: Recording) -> int:
    """How many of the script's calls are not in the record, as far as gaps in their numbers show."""
    last: dict[str, int] = {}
    n_kept: dict[str, int] = {}
    for it in recording.calls():
        task, _, number = it.key.rpartition(":")
        last[task] = max(last.get(task, 0), int(number))
        n_kept[task] = n_kept.get(task, 0) + 1
    return sum(last[task] - n_kept[task] for task in last)


def _script_of(recording: Recording) -> Script:
    """The script as it was; where the journal has not its text, the file, if it is still the same."""
    from hashlib import sha256

    from llmspell.errors import ScriptChanged
    from llmspell.runtime.script import detect, from_source

    about, path = recording.about, str(recording.start.get("path", ""))
    if recording.source is not None:
        source = recording.source.encode("utf-8", "surrogateescape")
        if sha256(source).hexdigest() == about.content_hash:
            return from_source(source, about.script, path=path or None, engine=about.engine or None)
    script = detect(path or about.script, engine=about.engine or None)
    if sha256(script.source).hexdigest() != about.content_hash:
        raise ScriptChanged(
            f"{path or about.script} is no longer what it was when {about.run_id} ran",
            hint="llmspell runs fork goes on from there with the script as it is now",
        )
    return script
