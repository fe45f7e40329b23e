"""One call of a script to the host, beside the same bytes over a bare socket pair between two processes."""

from __future__ import annotations

import os
import socket
import sys
import time
from pathlib import Path

from calls import CPU_NS, arrivals, gaps_us
from measure import clean_env, percentile, scratch, table

CALLS = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
WARM_UP = 200
BYTES = 60  # about what a small call and its answer have

# The call looks up a name, and is permitted, counted and journalled as any other.
ONE_TASK = {
    "lua": "for _ = 1, {n} do Tool.exists('calculator') end",
    "py": "for _ in range({n}):\n    Tool.exists('calculator')\n",
}
MANY_TASKS = {
    "lua": "local t = {{}} for i = 1, {n} do t[i] = i end "
    "Async.map(t, function() return Tool.exists('calculator') end, {{ limit = 64 }})",
    "py": "Async.map(list(range({n})), lambda it: Tool.exists('calculator'), limit=64)\n",
}


def socket_pair_us(n: int) -> list[float]:
    """Round trips of BYTES bytes to a child process and back, blocking on both sides."""
    ours, theirs = socket.socketpair()
    child = os.fork()
    if child == 0:
        ours.close()
        while data := theirs.recv(4096):
            theirs.sendall(data)
        os._exit(0)
    theirs.close()
    times, data = [], bytes(BYTES)
    for _ in range(n):
        started = time.perf_counter_ns()
        ours.sendall(data)
        ours.recv(4096)
        times.append((time.perf_counter_ns() - started) / 1000)
    ours.close()
    os.waitpid(child, 0)
    return times[min(WARM_UP, n // 2) :]


def main() -> None:
    folder = scratch()
    os.environ.update(clean_env(folder.name))
    raw = socket_pair_us(CALLS)
    raw_p50 = percentile(raw, 0.5)
    rows = [["socket pair, bare", f"{raw_p50:.0f} us", f"{percentile(raw, 0.99):.0f} us", "", "", "1.0", ""]]
    for tasks, scripts in (("one task", ONE_TASK), ("64 tasks", MANY_TASKS)):
        for suffix, source in scripts.items():
            path = f"bridge.{suffix}"
            Path(path).write_text(source.format(n=CALLS + WARM_UP), encoding="utf-8")
            try:
                noted = arrivals(path)
            except Exception as error:
                rows.append([f"{suffix}, {tasks}", "failed", "", "", "", "", str(error)[:80]])
                continue
            gaps = gaps_us(noted, skip=WARM_UP)
            rate = (len(noted) - WARM_UP) / ((noted[-1] - noted[WARM_UP]) / 1e9)
            one = tasks == "one task"
            p50 = percentile(gaps, 0.5) if one else 1e6 / rate
            rows.append(
                [
                    f"{suffix}, {tasks}",
                    f"{p50:.0f} us" if one else "",
                    f"{percentile(gaps, 0.99):.0f} us" if one else "",
                    f"{rate:,.0f}",
                    f"{(CPU_NS[1] - CPU_NS[0]) / 1000 / len(noted):.0f} us",
                    f"{p50 / raw_p50:.1f}",
                    "p50 60 us, then 40 and 3 x" if one else "more than one task",
                ]
            )
    table(f"Tool.exists, {CALLS} calls", ["", "p50", "p99", "calls/s", "host CPU a call", "x bare", "aim"], rows)


if __name__ == "__main__":
    main()
