"""Run a script in this process's host and note when each of its calls arrives."""

from __future__ import annotations

import time
from typing import Any

from llmspell.bridge.bridge import Bridge
from llmspell.config.load import load_settings
from llmspell.runtime.runtime import ScriptRuntime
from llmspell.runtime.script import detect

CPU_NS: list[int] = []  # of this process, at the first and the last arrival of the last run


def arrivals(path: str) -> list[int]:
    """Nanoseconds at which the host took up each call of a script.

    In a script that does nothing but call, one after the other, the time from one arrival to the next is one whole
    round trip: answer, wire, resume, the script's own step, wire.

    Raises:
        LLMSpellError: The script failed.
    """
    noted: list[int] = []
    CPU_NS[:] = []
    answer = Bridge.answer

    async def noting(self: Bridge, *args: Any) -> tuple[bool, bytes]:
        noted.append(time.perf_counter_ns())
        if len(noted) == 1:
            CPU_NS.append(time.process_time_ns())
        return await answer(self, *args)

    setattr(Bridge, "answer", noting)  # noqa: B010 - an assignment would have to take exactly what answer takes
    try:
        outcome = ScriptRuntime("medium", settings=load_settings(files=())).run(detect(path))
    finally:
        setattr(Bridge, "answer", answer)  # noqa: B010 - as above
    CPU_NS.append(time.process_time_ns())
    if outcome.error is not None:
        raise outcome.error
    return noted


def gaps_us(noted: list[int], *, skip: int = 0) -> list[float]:
    """Microseconds between arrivals, without the first `skip` ones."""
    return [(b - a) / 1000 for a, b in zip(noted[skip:], noted[skip + 1 :], strict=False)]
