"""pyee and blinker: one event to one plain function, which is all that they do. Prints a line of JSON for each."""

import json
import time
from importlib.metadata import version

from blinker import Signal
from pyee.base import EventEmitter

N = 100_000
seen = []


def per_event_us(emit) -> float:  # type: ignore[no-untyped-def]
    """CPU microseconds of one event, the best of five."""
    best = float("inf")
    for _ in range(5):
        seen.clear()
        started = time.process_time()
        for i in range(N):
            emit({"n": i})
        best = min(best, (time.process_time() - started) / N * 1e6)
        assert len(seen) == N
    return best


emitter, signal = EventEmitter(), Signal()
emitter.on("user.created", seen.append)
signal.connect(seen.append, weak=False)
print(
    json.dumps(
        {"name": "pyee", "version": version("pyee"), "us": per_event_us(lambda it: emitter.emit("user.created", it))}
    )
)
print(json.dumps({"name": "blinker", "version": version("blinker"), "us": per_event_us(signal.send)}))
