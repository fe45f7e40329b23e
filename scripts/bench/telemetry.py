"""What telemetry costs a run: a script of calls without it, with a file of spans, and with a collector on loopback.

The time of the whole run, the exporter's end included, in turn (off, file, off, file, …), so that a busy machine slows
all; ratios are of neighbours. The aim: 5 % at the most. A short run pays for loading OpenTelemetry: last rows."""

from __future__ import annotations

import os
import statistics
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from llmspell.config.load import load_settings
from llmspell.runtime.runtime import ScriptRuntime
from llmspell.runtime.script import detect
from measure import clean_env, scratch, table

CALLS = 10_000
ROUNDS = 7
AIM = 1.05
LUA = "for i = 1, {n} do Tool.execute('calculator', {{ input = '1 + 1' }}) end\n"
PAUSES = "for i = 1, {n} do Tool.execute('calculator', {{ input = '1 + 1' }}) Async.sleep(0.02) end\n"


class Sink(BaseHTTPRequestHandler):
    """Takes whatever is sent."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Count nothing, say yes."""
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def run_s(path: str, flags: dict[str, str]) -> tuple[float, float]:
    """Seconds of one run, and CPU seconds of this process, which is the host."""
    settings = load_settings(files=(), flags={"journal.path": "bench.db", "ledger.path": ":memory:", **flags})
    started, cpu = time.perf_counter(), time.process_time()
    outcome = ScriptRuntime("medium", settings=settings).run(detect(path))
    if outcome.error is not None:
        raise outcome.error
    return time.perf_counter() - started, time.process_time() - cpu


def measure(name: str, text: str, n: int, kinds: dict[str, dict[str, str]], rounds: int) -> list[list[str]]:
    path = f"{name}.lua"
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.format(n=n))
    run_s(path, {})
    rows = []
    for kind, flags in kinds.items():
        walls, cpus, offs = [], [], []
        for _ in range(rounds):
            off_wall, off_cpu = run_s(path, {})
            wall, cpu = run_s(path, flags)
            walls.append(wall / off_wall)
            cpus.append(cpu / off_cpu)
            offs.append(off_wall)
        rows.append(
            [
                f"{name}: {kind}",
                f"{min(offs) * 1000:.0f}",
                f"{statistics.median(walls):.3f}",
                f"{min(walls):.2f}-{max(walls):.2f}",
                f"{statistics.median(cpus):.3f}",
            ]
        )
    return rows


def main() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Sink)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    kinds = {
        "off again": {},
        "file": {"telemetry.exporters": "file", "telemetry.path": "spans.jsonl", "telemetry.wait": "60"},
        "otlp": {
            "telemetry.exporters": "otlp",
            "telemetry.endpoint": f"http://127.0.0.1:{server.server_address[1]}",
            "telemetry.wait": "60",
        },
    }
    rows = measure(f"{CALLS:,} calls, nothing else", LUA, CALLS, kinds, ROUNDS)
    rows += measure("100 calls with 20 ms between", PAUSES, 100, kinds, ROUNDS)
    rows += measure("1 call", LUA, 1, kinds, ROUNDS)
    table("Telemetry", ["", "off, ms", "wall x off", "spread", "host CPU x off"], rows)
    print(
        f"\n  aim: {AIM} of the whole run; one call waits for OpenTelemetry to be loaded unless telemetry.wait is none"
    )


if __name__ == "__main__":
    with scratch() as folder:
        os.environ.update(clean_env(folder))
        main()
