"""An event loop whose clock jumps to the next timer when there is nothing else to do: hours pass at once, and exactly.

For code that waits by the loop's clock and by nothing else: no threads, no sockets, no other processes."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

_T = TypeVar("_T")


class _JumpingSelector(selectors.DefaultSelector):  # type: ignore[misc,valid-type]  # which one it is, is the system's
    """Instead of sleeping, it adds up the time that it was to sleep."""

    now_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready: list[tuple[selectors.SelectorKey, int]] = super().select(0)
        if not ready:
            if timeout is None:
                raise RuntimeError("everything waits, and no timer is set: nothing could ever happen")
            self.now_s += timeout
        return ready


class _JumpingLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now_s


def run(main: Coroutine[Any, Any, _T]) -> _T:
    """As `asyncio.run`; the clock starts at 0."""
    with asyncio.Runner(loop_factory=_JumpingLoop) as runner:
        return runner.run(main)


def now_s() -> float:
    """What the running loop's clock says, rounded to what no arithmetic of ours disturbs."""
    return round(asyncio.get_running_loop().time(), 6)
