"""`llmspell` for crash.py and the tests of it: counts what scripted models are asked, and can be cut off at a place.

    CRASH_ASKED=FILE        each request to a scripted model appends a line there
    CRASH_AT=VICTIM:N:PLACE at the N-th passage of PLACE: before | intended | done | kept
    CRASH_LIMITS=full|readonly  no file grows beyond 40 kB | nobody is above the permissions of files

PLACE is one in the life of an effect that must not be done twice: before its intent is on the disk, after that, when it
has been done, when that is on the disk. VICTIM is host, worker or both (SIGKILL), interrupt (SIGINT), or stall
(it waits)."""

from __future__ import annotations

import asyncio
import ctypes
import os
import resource
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from llmspell.effects import perform as performing
from llmspell.models.scripted import ScriptedModel

CAP_DAC_OVERRIDE, CAP_VERSION = 1, 0x20080522
FULL_BYTES = 40_000
_passed: dict[str, int] = {}


def children_of(pid: int) -> list[int]:
    try:
        return [int(it) for it in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


async def reach(place: str) -> None:
    victim, number, wanted = (os.environ.get("CRASH_AT") or "::").split(":")
    if place != wanted:
        return
    _passed[place] = _passed.get(place, 0) + 1
    if _passed[place] != int(number):
        return
    if victim in ("worker", "both"):
        for pid in children_of(os.getpid()):
            os.kill(pid, signal.SIGKILL)
    if victim in ("host", "both"):
        os.kill(os.getpid(), signal.SIGKILL)
    if victim == "interrupt":
        os.kill(os.getpid(), signal.SIGINT)
    if victim in ("interrupt", "stall"):
        await asyncio.sleep(60)  # is cancelled


def count(asked: Any) -> None:
    path = os.environ.get("CRASH_ASKED")
    if path:
        with open(path, "a") as file:
            file.write(asked.messages[-1].text.replace("\n", " ") + "\n")


def install() -> None:
    """Put all of it into this process. What the environment says is read when it counts: a fork has one of its own."""
    intend, settle, request, stream = (
        performing._intend,
        performing._settle,
        ScriptedModel.request,
        ScriptedModel.stream,
    )

    intended = set[str]()

    async def intending(journal: Any, draft: Any) -> None:
        await reach("before")
        await intend(journal, draft)
        intended.add(draft.key)
        await reach("intended")

    async def settling(draft: Any, inner: Any, **more: Any) -> None:
        is_done = draft.key in intended and draft.error is None
        if is_done:
            await reach("done")
        await settle(draft, inner, **more)
        if is_done:
            await reach("kept")

    async def requesting(self: ScriptedModel, asked: Any) -> Any:
        count(asked)
        return await request(self, asked)

    async def streaming(self: ScriptedModel, asked: Any) -> AsyncIterator[Any]:
        count(asked)
        async for it in stream(self, asked):
            yield it

    new: tuple[tuple[Any, str, Any], ...] = (
        (performing, "_intend", intending),
        (performing, "_settle", settling),
        (ScriptedModel, "request", requesting),
        (ScriptedModel, "stream", streaming),
    )
    for owner, name, function in new:
        setattr(owner, name, function)


def limit() -> None:
    """Let this process be on a full disk, or bound by the permissions of files also as root."""
    kind = os.environ.get("CRASH_LIMITS")
    if kind == "full":
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (FULL_BYTES, FULL_BYTES))
    if kind == "readonly":
        libc = ctypes.CDLL(None, use_errno=True)
        header, data = (ctypes.c_uint32 * 2)(CAP_VERSION, 0), (ctypes.c_uint32 * 6)()
        if libc.capget(header, data) == 0:
            for i in range(3):
                data[i] &= ~(1 << CAP_DAC_OVERRIDE)
            libc.capset(header, data)


install()
if __name__ == "__main__":
    import runpy

    limit()
    runpy.run_module("llmspell", run_name="__main__", alter_sys=True)
