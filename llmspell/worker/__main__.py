"""Where the worker process begins: read the settings from argv, load the engine, confine, run.

Everything is loaded before the script's text is looked at, because the text is hostile from its first byte on. Then,
in this order: the coarse wall, compile (Python's imports are loaded here), the tight wall, run."""

from __future__ import annotations

import _signal as signal  # the `signal` module loads enum: 4 ms, for names that are not needed here
import os
import sys
import time

from llmspell.engine.languages import load_engine
from llmspell.wire.frames import frame, pack_str, pack_str_map
from llmspell.wire.messages import DONE, EXECUTE, READY, START
from llmspell.worker.confine import enter_coarse, enter_tight
from llmspell.worker.loop import Loop

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from llmspell.worker.confine import Limits

CHANNEL = 3  # the one inherited descriptor beside the streams


def main() -> NoReturn:
    """Run one script and end the process. `argv` holds `name=value` settings from `runtime.spawn`."""
    # Python ignores SIGPIPE; a script in a pipe ends quietly when its reader does, like any Unix program.
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    settings = dict(arg.split("=", 1) for arg in sys.argv[1:])
    _know_place(settings["tz"])
    layers = frozenset(filter(None, settings["layers"].split(",")))
    required = [it for it in settings["required"].split(",") if it]
    limits: Limits = {name: int(settings[name]) if settings[name] else None for name in ("memory_bytes", "cpu_s")}
    loop = Loop(CHANNEL, max_tasks=int(settings["tasks"]), max_message_bytes=int(settings["message_bytes"]))
    try:
        _run(loop, settings, layers, required, limits)
    except Exception as error:
        # Nothing of ours goes to the script's stderr: neither a traceback nor a path.
        if _is_out_of_memory(error):
            loop.fatal("memory_limit", "")
        problem = {"code": "internal_error", "message": f"the worker failed: {type(error).__name__}: {error}"}
        loop.report(frame(DONE, 0, b"\x81" + pack_str("error") + pack_str_map(problem)))
        os._exit(0)


def _run(loop: Loop, settings: dict[str, str], layers: frozenset[str], required: list[str], limits: Limits) -> NoReturn:
    engine = loop.engine = load_engine(settings["engine"])(loop, loop.expect(START))
    engine.adopt_process()

    report = enter_coarse(
        layers,
        limits,
        readable=[it for it in sys.path if it],
        keep_fds={0, 1, 2, CHANNEL},
        host_pid=int(settings["host_pid"]),
    )
    # A layer that only the second stage can report is not missing yet.
    _refuse_if_missing(loop, [it for it in required if it in report], report)

    def tight() -> dict[str, str]:
        return enter_tight(layers, write_fds={1, 2, CHANNEL}, read_fds={0, CHANNEL}, jit=settings["jit"] == "yes")

    if engine.needs_no_files:
        report |= tight()
        _refuse_if_missing(loop, required, report)
        loop.load(loop.expect(EXECUTE))
    else:
        loop.load(loop.expect(EXECUTE))
        report |= tight()
        _refuse_if_missing(loop, required, report)
    loop.report(frame(READY, 0, pack_str_map(dict(list(report.items())[:15]))))
    loop.run()
    os._exit(0)  # not reached: run() ends the process


def _is_out_of_memory(error: Exception) -> bool:
    """A limit below what the engine itself needs shows where it may: in Python, a read, or the loader of libraries."""
    text = str(error).lower()
    return isinstance(error, MemoryError) or "cannot allocate memory" in text or "failed to map segment" in text


def _know_place(tz: str) -> None:
    """What the C library would look up later, when no file can be opened any more: the time zone, the home folder."""
    os.environ["HOME"] = "/"
    os.environ["TZ"] = tz or ":/etc/localtime"
    if hasattr(time, "tzset"):
        time.tzset()


def _refuse_if_missing(loop: Loop, required: list[str], report: dict[str, str]) -> None:
    missing = [it for it in required if report.get(it) != "active"]
    if missing:
        why = "; ".join(f"{it}: {report.get(it, 'not reported')}" for it in missing)
        loop.refuse("sandbox_unavailable", f"this profile requires confinement that cannot be had here ({why})")


if __name__ == "__main__":
    main()
