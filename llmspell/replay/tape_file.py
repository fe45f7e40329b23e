"""Tapes: one recorded run in one text file that people can read, compare and change.

A tape begins with `llmspell tape 1`, goes on with what holds for the whole run, a `name: value` each, and then has a
block for each call, invocation and effect, in natural order. Values are as `tape_text` says. Nothing is in it that
differs between two runs that did the same: no times, no durations, no run ids. docs/guide/tapes.md describes it."""

from __future__ import annotations

import os

from llmspell.errors import TapeError
from llmspell.replay.recording import Recording
from llmspell.replay.tape_reading import MAX_TAPE_BYTES, read_lines
from llmspell.replay.tape_text import BadText, Lines
from llmspell.replay.tape_writing import TITLE, VERSION, block_lines, tape_lines

__all__ = ["PRINTED_KEPT", "block_lines", "check_place", "parse_tape", "read_tape", "save", "tape_lines", "write_tape"]

_BEGINNING = b"llmspell tape "
PRINTED_KEPT = 256 * 1024  # bytes of what a script printed; of more, a tape has the hash


def write_tape(recording: Recording, path: str) -> None:
    """Write a tape, readable by its owner only. What was there before is replaced at once or not at all.

    Raises:
        TapeError: It cannot be written.
    """
    data = "\n".join(tape_lines(recording, os.path.dirname(os.path.abspath(path)))) + "\n"
    save(data.encode("utf-8"), path)


def check_place(path: str) -> None:
    """Look whether a tape may be written there, without writing.

    Raises:
        TapeError: There is no such folder, it may not be written to, or there is something that is no tape.
    """
    real = os.path.realpath(path)
    folder = os.path.dirname(real)
    if not os.path.isdir(folder):
        raise TapeError(f"the tape {path} cannot be written: there is no folder {folder}", hint="make it first")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise TapeError(f"the tape {path} cannot be written: the folder {folder} may not be written to")
    if not os.path.lexists(real):
        return
    is_tape = os.path.isfile(real)
    if is_tape and os.path.getsize(real):
        try:
            with open(real, "rb") as file:
                is_tape = file.read(len(_BEGINNING)) == _BEGINNING
        except OSError as error:
            raise TapeError(f"{path} cannot be read: {(error.strerror or str(error)).lower()}") from error
    if not is_tape:
        raise TapeError(f"{path} is there already, and is no tape", hint="name another file, or remove that one")


def save(data: bytes, path: str) -> None:
    """Put a tape's text where it belongs; a link stays one, and what it leads to is replaced.

    Raises:
        TapeError: It cannot be written, or would replace what is no tape.
    """
    check_place(path)
    real = os.path.realpath(path)
    fresh = f"{real}.{os.getpid()}.new"
    try:
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with open(descriptor, "wb") as file:
                file.write(data)
            os.replace(fresh, real)
        except BaseException:  # whatever it is: let go of what was begun, and raise it again
            os.unlink(fresh)
            raise
    except OSError as error:
        raise TapeError(f"the tape {path} cannot be written: {(error.strerror or str(error)).lower()}") from error


def read_tape(path: str, *, calls_only: bool = False) -> Recording:
    """Read a tape.

    Args:
        calls_only: Leave out the effects inside calls, and do not look at them: a strict replay needs none.

    Raises:
        TapeError: There is none, it is of a version that this llmspell does not know, or a line is not as it should be.
    """
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_TAPE_BYTES + 1)
    except OSError as error:
        hint = "llmspell run --record TAPE FILE makes one" if isinstance(error, FileNotFoundError) else ""
        raise TapeError(
            f"the tape {path} cannot be read: {(error.strerror or str(error)).lower()}", hint=hint
        ) from error
    if len(data) > MAX_TAPE_BYTES:
        raise TapeError(f"the tape {path} is larger than {MAX_TAPE_BYTES >> 20} MiB")
    return parse_tape(data, path, calls_only=calls_only)


def parse_tape(data: bytes, path: str, *, calls_only: bool = False) -> Recording:
    """The recording that a tape's text stands for; `path` says where, and what the script's path is relative to."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise TapeError(f"{path}:{line}: this is not text in UTF-8", hint="a tape is a text file") from error
    lines = Lines([it.removesuffix("\r") for it in text.split("\n")])
    title = lines.take().strip() if not lines.is_empty else ""
    if title != TITLE:
        if title.startswith("llmspell tape "):
            raise TapeError(
                f"{path}:1: a tape of version {title[14:40]}, this llmspell reads version {VERSION}",
                hint="record it again, or use the llmspell that made it",
            )
        raise TapeError(f"{path}:1: this is no tape", hint=f"the first line of a tape is {TITLE}")
    try:
        return read_lines(lines, os.path.dirname(os.path.abspath(path)), calls_only=calls_only)
    except BadText as bad:
        raise TapeError(
            f"{path}:{bad.line}: {bad.message}",
            hint="mend that line, or record the tape again",
            details={"line": bad.line},
        ) from bad
