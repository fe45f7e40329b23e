"""Blocking work that may take as long as a person does: a command or a keyring that asks for a key.

`asyncio.to_thread` is not for it: an event loop waits for the threads of `to_thread` when it ends, so that a prompt
which nobody answers would hold up a deadline, an interrupt, and the end of the process."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


async def detached(work: Callable[[], T]) -> T:
    """What the work returns or raises, done in a thread that nobody waits for once the caller is cancelled."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if done.done():
            return
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(result)  # type: ignore[arg-type]  # None is what the work returned, where it did

    def run() -> None:
        result: T | None = None
        failure: BaseException | None = None
        try:
            result = work()
        except BaseException as error:  # raised where it is awaited, whatever it is
            failure = error
        try:
            loop.call_soon_threadsafe(settle, result, failure)
        except RuntimeError:
            pass  # the loop has ended meanwhile, and nobody waits

    threading.Thread(target=run, name="llmspell-detached", daemon=True).start()
    return await done
