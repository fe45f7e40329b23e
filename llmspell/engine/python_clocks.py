"""The clocks of Python scripts: each reading goes through `clock` (`worker.notes.Notes.clock`), which notes it, or
answers as the recorded run was answered."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Clock = Callable[[int | float], int | float]


def noted_time(clock: Clock) -> dict[str, Any]:
    """What the module `time` has in place of its own functions."""

    def reading(read: Callable[[], int | float]) -> Callable[[], int | float]:
        def noted() -> int | float:
            return clock(read())

        noted.__name__ = noted.__qualname__ = read.__name__
        return noted

    def now() -> Any:
        return clock(time.time())

    def localtime(seconds: float | None = None, /) -> time.struct_time:
        return time.localtime(now() if seconds is None else seconds)

    def gmtime(seconds: float | None = None, /) -> time.struct_time:
        return time.gmtime(now() if seconds is None else seconds)

    def ctime(seconds: float | None = None, /) -> str:
        return time.ctime(now() if seconds is None else seconds)

    def asctime(fields: Any = None, /) -> str:
        return time.asctime(localtime() if fields is None else fields)

    def strftime(form: str, fields: Any = None, /) -> str:
        return time.strftime(form, localtime() if fields is None else fields)

    names = """time time_ns monotonic monotonic_ns perf_counter perf_counter_ns process_time process_time_ns thread_time
        thread_time_ns"""
    readings = {it: reading(getattr(time, it)) for it in names.split() if hasattr(time, it)}
    whole = (localtime, gmtime, ctime, asctime, strftime)
    return {**readings, **{it.__name__: it for it in whole}}


def noted_method(method: Any, clock: Clock) -> Any:
    """`now`, `today` and `utcnow` of a class of `datetime`'s."""
    cls: Any = method.__self__

    def now(tz: Any = None) -> Any:
        seconds, rest = divmod(int(clock(time.time_ns())), 1_000_000_000)
        return cls.fromtimestamp(seconds, tz).replace(microsecond=rest // 1000)

    def utcnow() -> Any:
        return now(UTC).replace(tzinfo=None)

    def today() -> Any:
        if issubclass(cls, datetime):
            return now()
        return cls.fromtimestamp(int(clock(time.time_ns())) // 1_000_000_000)

    assert issubclass(cls, date)
    return {"now": now, "utcnow": utcnow, "today": today}[method.__name__]
