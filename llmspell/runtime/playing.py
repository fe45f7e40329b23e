"""Start a recorded run's script as it was started then, and have `player` answer it.

Imports neither settings nor anything that could reach a network; a test looks at `sys.modules`."""

from __future__ import annotations

import os

from llmspell.errors import TapeError, UsageError
from llmspell.runtime.launch import launch
from llmspell.security.profiles import BUILTIN, DEFAULT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from llmspell.replay.recording import Recording
    from llmspell.runtime.outcome import Ending
    from llmspell.runtime.script import Script

SAFE_LUA, SAFE_PYTHON = ("safe", "safe_noload"), ("safe", "minimal")


class Played:
    """What a replay came to. `stdout` and `stderr` hold what was captured."""

    __slots__ = ("ending", "n_calls", "stderr", "stdout")

    def __init__(self, ending: Ending, n_calls: int, stdout: bytes = b"", stderr: bytes = b"") -> None:
        self.ending = ending
        self.n_calls = n_calls
        self.stdout = stdout
        self.stderr = stderr


def play(
    recording: Recording,
    script: Script,
    args: Sequence[str] | None = None,
    *,
    profile: Mapping[str, Any] | None = None,
    capture: bool = False,
    stdout: int = 1,
) -> Played:
    """Play a recording to its end.

    Args:
        script: As it is now; its calls are compared with the recorded ones.
        args: Of the script; None for those that it had.
        profile: `profile_of` the recording, or another one.
        capture: Keep what the script prints instead of writing it.

    Raises:
        TapeError: The recording has not all that a replay needs.
        UsageError: It asks for less confinement than a recording may.
    """
    if missing := recording.missing:
        raise TapeError(
            f"this run cannot be replayed: its record lacks {'; and '.join(missing)}",
            hint="run it again with --record, or in a way that needs less",
        )
    table = profile if profile is not None else profile_of(recording)
    stdin = open_stdin(recording.stdin or b"")
    try:
        launched = launch(
            script,
            recording.about.args if args is None else args,
            table,
            mode=str(recording.start.get("mode", "script")),
            seed=recording.about.seed,
            replay={"turns": recording.turns, "clock": recording.clock, "hold": True},
            notes=False,
            stdin=stdin,
            capture=capture,
            stdout=stdout,
            like=recording.start,
        )
    finally:
        os.close(stdin)
    from llmspell.runtime.player import Player  # late: the worker starts meanwhile

    player = Player(recording, launched, table)
    try:
        ending = player.play()
    finally:
        launched.end()
        launched.worker.close()
    said = [bytes(it.captured) for it in launched.relays] if capture else []
    return Played(ending, player.n_calls, *said)


def profile_of(recording: Recording, named: str | None = None) -> dict[str, Any]:
    """What the worker is started under, as `launch` takes it.

    A recording is data, perhaps a stranger's: by itself it gets no less confinement, no freer language and no higher
    limit than the profile medium has.

    Args:
        named: A built-in profile that the user has named, which may be any.
    """
    name = named or recording.about.profile
    recorded = recording.start.get("profile")
    fields: dict[str, Any]
    if named or not isinstance(recorded, dict):
        fields = dict(BUILTIN.get(name) or BUILTIN[DEFAULT])
    else:
        fields = {**BUILTIN[DEFAULT], **recorded}
    usual = BUILTIN[DEFAULT]
    is_safe = (
        fields["lua"] in SAFE_LUA
        and fields["python"] in SAFE_PYTHON
        and set(_names(usual["layers"])) <= set(_names(fields["layers"]))
        and set(_names(usual["required"])) <= set(_names(fields["required"]))
    )
    if not named and not is_safe:
        raise UsageError(
            f"this run was recorded under profile {name}, which confines it less than {DEFAULT} does",
            hint=f"a tape may not ask for that: say -P {name if name in BUILTIN else 'low'} to replay it so",
        )
    if not named:
        fields["limits"] = _lower(fields["limits"], usual["limits"])
    return {"name": name, **fields}


def _lower(limits: object, usual: object) -> dict[str, Any]:
    """Of each limit the lower one; None is none."""
    asked = limits if isinstance(limits, dict) else {}
    assert isinstance(usual, dict)
    both = {name: [it for it in (asked.get(name), most) if it is not None] for name, most in usual.items()}
    return {name: min(found, default=None) for name, found in both.items()}


def _names(value: object) -> list[str]:
    return [str(it) for it in value] if isinstance(value, list | tuple) else []


def open_stdin(data: bytes) -> int:
    """A descriptor that reads as what was once read."""
    if not data:
        return os.open(os.devnull, os.O_RDONLY)
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("stdin")
    else:
        import tempfile

        with tempfile.TemporaryFile() as file:
            descriptor = os.dup(file.fileno())
    with open(descriptor, "wb", closefd=False) as file:
        file.write(data)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor
