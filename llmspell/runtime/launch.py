"""Start a script's worker, and wait for it as cheaply as can be: no event loop until the script calls the host.

A script that only computes and prints never costs the host more than this module. The first message that is not the
end of the run is handed, with whatever came with it, to `runtime.client`."""

from __future__ import annotations

import os
import sys
from select import POLLIN, poll
from time import monotonic

from llmspell.runtime.spawn import WorkerProcess, open_missing_streams, spawn_worker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from llmspell.runtime.script import Script
    from llmspell.runtime.streams import Relay
    from llmspell.wire.frames import FrameSplitter

FIRST_CHUNK = 32_768
MAX_NOTES_BYTES = 32 << 20  # of one run; a worker keeps to a quarter of that
ENDED_WELL = (13, 0, b"\x81\xa5value\xc0")  # DONE with the value nil


class Launched:
    """A worker that has been given its script.

    Attributes:
        seed: What the worker's random numbers come from.
        deadline: On the monotonic clock; None without a wall limit.
        frames: Messages that were read and not yet handled, as (kind, id, body).
        report: The READY message's body once it has come: which confinement is active.
        seed: Of everything that is random in the script.
        notes: The bodies of the worker's NOTE messages so far, in order (`runtime.notes`).
    """

    def __init__(
        self, worker: WorkerProcess, splitter: FrameSplitter, deadline: float | None, relays: list[Relay], seed: int
    ) -> None:
        self.worker = worker
        self.splitter = splitter
        self.deadline = deadline
        self.seed = seed
        self.relays = relays
        self.seed = seed
        self.notes: list[bytes] = []
        self._n_note_bytes = 0
        self.frames: list[tuple[int, int, bytes]] = []
        self.report = b""
        self.violation = ""
        self.timed_out = False

    def feed(self, chunk: bytes) -> None:
        """Cut what came from the worker into frames. Bytes that no worker sends end up in `violation`."""
        try:
            self.frames += self.splitter.feed(chunk)
        except ValueError as error:
            self.violation = str(error)

    def keep_note(self, body: bytes) -> None:
        """Keep the body of a NOTE. One that no worker of ours sends, and more than a run has, end up in `violation`."""
        from llmspell.runtime.notes import read_note  # late: most runs that are quick have none

        self._n_note_bytes += len(body) + 64
        try:
            read_note(body)
        except ValueError as error:
            self.violation = self.violation or str(error)
            return
        if self._n_note_bytes > MAX_NOTES_BYTES:
            self.violation = self.violation or "more notes than a run has"
        else:
            self.notes.append(body)

    @property
    def ended_well(self) -> bool:
        """Whether the script has run to its end and returned nothing: the usual end, seen without a codec."""
        return bool(self.frames) and self.frames[0] == ENDED_WELL

    def leave(self) -> None:
        """End the worker without waiting for that, where its output is out and nobody asks how it ended."""
        if self.relays:
            self.end()
        elif self.worker.status is None:
            self.worker.kill()

    def end(self) -> int:
        """End the worker, and let its output reach its target. Returns its status."""
        status = self.worker.end()
        for relay in self.relays:
            relay.join()
        return status

    @property
    def output_exceeded(self) -> bool:
        return any(relay.exceeded for relay in self.relays)


def launch(
    script: Script,
    args: Sequence[str],
    profile: Mapping[str, Any],
    *,
    mode: str = "script",
    show: bool = False,
    binding: bytes | None = None,
    seed: int | None = None,
    replay: Mapping[str, Any] | None = None,
    notes: bool = True,
    stdin: int = 0,
    capture: bool = False,
    stdout: int = 1,
    heard: Callable[[bytes], None] | None = None,
    like: Mapping[str, Any] | None = None,
) -> Launched:
    """Start a worker for this script.

    Args:
        profile: `Profile.start_fields()`, or a built-in one's literal: lua, python, layers, required, limits, globals.
        mode: As the EXECUTE message has it.
        show: Print the value of an "eval".
        binding: The packed interface; when None the one of the profile's globals.
        seed: Of everything that is random in the script; a new one when None.
        replay: The notes of a recorded run (`WorkerNote.for_replay`), which the worker follows until they are used up.
        notes: Whether the worker notes what it reads itself: clocks, standard input, the turns of its tasks.
        capture: Keep what the script prints instead of writing it.
        stdout: Where the script's stdout goes.
        heard: Told of all that the script prints, on a thread of its own.
        like: What a recorded run was started with, `tty` and `tz`, in place of what is so here.
    """
    open_missing_streams()
    limits = profile["limits"]
    relays: list[Relay] = []
    targets: list[int] = []
    for target in (stdout, 2):
        on_terminal = not capture and os.isatty(target)
        listener = heard if target == stdout and not targets else None
        # The worker writes only to what it can wait for; where another program made a pipe non-blocking, we wait.
        if capture or on_terminal or listener is not None or not os.get_blocking(target):
            from llmspell.runtime.streams import Relay

            kept = None if capture else target
            relay = Relay(kept, clean=on_terminal, limit=limits["output_bytes"], heard=listener)
            relays.append(relay)
            targets.append(relay.write_fd)
        else:
            targets.append(target)
    like = like or {}
    settings = {
        "engine": script.engine,
        "layers": ",".join(profile["layers"]),
        "required": ",".join(profile["required"]),
        "memory_bytes": limits["memory_bytes"],
        "cpu_s": None if limits["cpu_s"] is None else max(1, int(limits["cpu_s"])),
        "tasks": limits["tasks"] or 1 << 30,
        "message_bytes": limits["message_bytes"] or 1 << 30,
        "host_pid": os.getpid(),
        "tz": like.get("tz", os.environ.get("TZ", "")),
        # LuaJIT's compiler needs executable memory, which profile high does not give: there it only interprets.
        "jit": "yes" if script.engine == "luajit" and profile["lua"] != "safe_noload" else "no",
    }
    if seed is None:
        seed = int.from_bytes(os.urandom(6), "big")
    hash_seed = seed % 0xFFFFFFFF + 1 if script.engine == "python" else None
    worker = spawn_worker(settings, stdin=stdin, stdout=targets[0], stderr=targets[1], hash_seed=hash_seed)
    started = monotonic()
    for relay in relays:
        relay.start()

    # From here on the worker starts on the other processor, and importing costs nothing.
    from msgpack import packb

    from llmspell.wire.frames import FrameSplitter, frame, pack_str
    from llmspell.wire.messages import EXECUTE, START, WORKER_KINDS

    if binding is None:
        binding = _binding_of(profile.get("globals"))
    start: dict[str, object] = {
        "name": script.name,
        "args": parse_args(args),
        "lua": profile["lua"],
        "python": profile["python"],
        "engine": script.engine,
        "limits": {name: limits[name] for name in ("output_bytes", "tasks", "message_bytes")},
        "tty": like.get("tty")
        or {"stdin": os.isatty(stdin), "stdout": not capture and os.isatty(stdout), "stderr": os.isatty(2)},
        "seed": seed,
        "show": show,
        "notes": notes,
        "replay": None if replay is None else packb(dict(replay)),
    }
    packed = packb(start)
    # The interface is packed already: it is put in as the map's last pair.
    body = bytes((packed[0] + 1,)) + packed[1:] + pack_str("interface") + binding
    execute = packb({"source": script.source, "name": script.name, "mode": mode})
    worker.send(frame(START, 0, body))
    worker.send(frame(EXECUTE, 0, execute))
    wall_s = limits["wall_s"]
    splitter = FrameSplitter(WORKER_KINDS, limits["message_bytes"] or 1 << 30)
    return Launched(worker, splitter, None if wall_s is None else started + wall_s, relays, seed)


def _binding_of(names: Sequence[str] | None) -> bytes:
    """The packed interface of these globals, or of all of them."""
    from llmspell.interface import generated

    if names is None:
        return generated.BINDING_PACKED
    from msgpack import packb

    packed: bytes = packb({name: it for name, it in generated.BINDING.items() if name in names})
    return packed


def wait_quietly(launched: Launched) -> bool:
    """Wait until the run has ended, or the script needs the host.

    Returns:
        True when it has ended: by DONE (the last of `frames`), by itself, or because time is up. False when `frames`
        holds something to answer.
    """
    from llmspell.wire.messages import DONE, NOTE, READY

    worker, deadline = launched.worker, launched.deadline
    waiting = poll()
    waiting.register(worker.channel, POLLIN)
    while True:
        timeout_ms = None if deadline is None else max(0.0, deadline - monotonic()) * 1000
        if launched.relays:  # their threads notice the output limit, and this one must notice them
            timeout_ms = 200.0 if timeout_ms is None else min(timeout_ms, 200.0)
        if not waiting.poll(timeout_ms):
            launched.timed_out = deadline is not None and monotonic() >= deadline
            if launched.timed_out or launched.output_exceeded:
                return True
            continue
        try:
            chunk = os.read(worker.channel, FIRST_CHUNK)
        except ConnectionResetError:  # it died with our messages unread
            chunk = b""
        if not chunk:
            worker.wait()
            return True
        launched.feed(chunk)
        while launched.frames and launched.frames[0][0] in (READY, NOTE):
            kind, _, body = launched.frames.pop(0)
            if kind == NOTE:
                launched.keep_note(body)
            else:
                launched.report = body
        if launched.violation:
            return True
        if launched.frames:
            return launched.frames[0][0] == DONE


def parse_args(args: Sequence[str]) -> dict[str, object]:
    """A script's arguments as ARGS shows them.

    `--name value` and `--name=value` are named; a flag with nothing after it, or followed by another option, is
    "true"; everything after `--` and everything else is positional. `list` holds all of it as it was given."""
    positional: list[str] = []
    named: dict[str, str] = {}
    rest = [it.encode("utf-8", "surrogateescape").decode("utf-8", "replace") for it in args]
    everything = list(rest)
    while rest:
        arg = rest.pop(0)
        if arg == "--":
            positional += rest
            break
        if not arg.startswith("--"):
            positional.append(arg)
            continue
        name, equals, value = arg[2:].partition("=")
        if not equals:
            value = rest.pop(0) if rest and not rest[0].startswith("--") else "true"
        named[name] = value
        named.setdefault(name.replace("-", "_"), value)
    return {"list": everything, "positional": positional, "named": named}


def flush_own_streams() -> None:
    """Write out our own output before the worker's, which shares the descriptors, or before the process ends."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
