"""What a step costs that peers keep before the next: LangGraph's SQLite checkpointer, DBOS's SQLite steps.

For `journal.py`, which prints our durable journal beside them. The peers run in the environment that
scripts/bench/setup_peers makes, on a file in the folder they are given."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from measure import HERE

PEERS = Path(os.environ.get("LLMSPELL_PEERS", HERE.parents[1] / ".venv-peers"))
PEER_S = 300.0  # each
STEPS = 500


def peer_steps(folder: str, n: int = STEPS) -> list[dict[str, Any]]:
    """A row for each peer: its `name`, `kept_us` and `kept_cpu_us` of a step, and `bare_us` where it can do without
    keeping. None where the peers are not installed, which is said on stderr."""
    python = PEERS / "bin" / "python"
    if not python.exists():
        print(f"no peers: {PEERS} is not there; scripts/bench/setup_peers makes it", file=sys.stderr)
        return []
    rows: list[dict[str, Any]] = []
    for program in sorted((HERE / "peers").glob("*_steps.py")):
        command = [str(python), program.name, os.path.join(folder, f"{program.stem}.db"), str(n)]
        try:
            done = subprocess.run(command, cwd=program.parent, capture_output=True, text=True, timeout=PEER_S)
        except subprocess.TimeoutExpired:
            print(f"{program.name} was ended after {PEER_S:g} s", file=sys.stderr)
            continue
        if done.returncode != 0:
            print(f"{program.name} failed: {done.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
        rows += [json.loads(it) for it in done.stdout.splitlines() if it.startswith("{")]
    return rows


if __name__ == "__main__":
    from measure import scratch

    with scratch() as place:
        for row in peer_steps(str(place)):
            print(row)
