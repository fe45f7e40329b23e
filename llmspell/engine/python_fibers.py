"""Fibers of Python: one greenlet each, so that a script may suspend anywhere, also inside a sort's key function."""

from __future__ import annotations

from greenlet import getcurrent, greenlet

from .python_errors import error_to_map

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .protocol import Host, Step
    from .python_engine import PythonEngine


class PythonFiber:
    """One flow of control.

    Args:
        body: Runs to the end and returns the last step. Called with the answer to the first resume: an error there
            means that the task was cancelled before it began.
    """

    __slots__ = ("_greenlet",)

    def __init__(self, body: Callable[[bool, bytes], Step]) -> None:
        self._greenlet: Any = greenlet(body)

    def resume(self, ok: bool, value: bytes) -> Step:
        running = self._greenlet
        running.parent = getcurrent()
        step: Step = running.switch(ok, value)
        return step


def suspend(host: Host, step: Step) -> tuple[bool, bytes]:
    """Give a step to the loop and wait for its answer.

    Outside any fiber (a generator that is finalised while the loop runs) there is nothing to switch to: the loop then
    waits for this one step."""
    loop = getcurrent().parent
    if loop is None:
        return host.block(step[1]) if step[0] == "call" else host.block_step(step)
    answer: tuple[bool, bytes] = loop.switch(step)
    return answer


def warn_of_unheard(engine: PythonEngine, *, ended_well: bool) -> None:
    """At the end of the run: tell of tasks whose end nobody asked about."""
    n_running = 0
    for task in engine.unheard:
        if task._error is not None:
            message = error_to_map(task._error, engine.sources)["message"]
            engine.warn(f"a task failed and nobody waited for it: {message}")
        else:
            n_running += 1
    if n_running and ended_well:
        tasks = "1 task was" if n_running == 1 else f"{n_running} tasks were"
        engine.warn(f"{tasks} still running at the end and stopped; await what should finish")
