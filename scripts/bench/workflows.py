"""What a step of a workflow costs beside what it does: steps a second of graphs of no-op steps, against LangGraph and
pydantic-graph on the same graphs.

Ours have hooks, limits and results; steps are functions of the host, plain ones and async ones, and functions of a
script, in a real run of it. CPU of the host process. Peers run in the environment that scripts/bench/setup_peers
makes; graphs that would take them minutes are left out unless LLMSPELL_BENCH_PATIENCE_S says how many seconds they may
take with a tenth of the nodes."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from graph_timing import KINDS, SIZES, layers, measure
from llmspell.config.load import load_settings
from llmspell.effects.context import library_context
from llmspell.runtime.runtime import ScriptRuntime
from llmspell.runtime.script import detect
from llmspell.workflows.context import StepContext
from llmspell.workflows.workflow import WorkflowServices, workflow_from
from measure import HERE, clean_env, scratch, table

PEERS = Path(os.environ.get("LLMSPELL_PEERS", HERE.parents[1] / ".venv-peers"))
PEER_S = 240.0  # each
AIM_STEPS = 100_000  # a second
AIM_DAG_S = 0.3
SCRIPT_STEPS = 2_000
Row = dict[str, Any]

SCRIPTS = {
    "lua": """
local steps = {{}}
for i = 1, {n} do steps[i] = {{ name = "s" .. i, fn = function(context) return nil end }} end
local workflow = Workflow.{kind}{{ name = "bench", steps = steps }}
assert(workflow:execute().metadata.successful_steps == {n})
""",
    "py": """
steps = [{{"name": "s" + str(i), "fn": lambda context: None}} for i in range({n})]
workflow = Workflow.{kind}({{"name": "bench", "steps": steps}})
assert workflow.execute()["metadata"]["successful_steps"] == {n}
""",
}
CALLS = {
    "lua": "for i = 1, {n} do Tool.exists('calculator') end -- {kind}",
    "py": "for i in range({n}):\n    Tool.exists('calculator')  # {kind}\n",
}


def plain(context: StepContext) -> None:
    """A step that does nothing."""


async def waiting(context: StepContext) -> None:
    """A step that does nothing, and would wait for it."""


def ours(function: Callable[[StepContext], Any]) -> Callable[[str, int], Callable[[], Awaitable[int]]]:
    """Makes our graphs, with this function in each step."""

    def make(kind: str, n: int) -> Callable[[], Awaitable[int]]:
        if kind == "dag":
            nodes = [it for layer in layers(n) for it in layer]
        else:
            nodes = [(i, []) for i in range(n)]
        steps = [{"name": f"s{i}", "fn": function, "depends_on": [f"s{it}" for it in before]} for i, before in nodes]
        workflow = workflow_from({"name": "bench", "type": kind, "steps": steps}, WorkflowServices())

        async def once() -> int:
            result = await workflow.execute(library_context())
            return int(result.metadata["successful_steps"])

        return once

    return make


def our_rows(name: str, function: Callable[[StepContext], Any]) -> list[Row]:
    rows: list[Row] = []
    asyncio.run(measure(ours(function), lambda row: rows.append({"name": name, **row})))
    return rows


def peer_rows() -> list[Row]:
    """What each peer's program reports, as far as it comes in its time."""
    python = PEERS / "bin" / "python"
    if not python.exists():
        print(f"no peers: {PEERS} is not there; scripts/bench/setup_peers makes it", file=sys.stderr)
        return []
    rows: list[Row] = []
    env = {**os.environ, "PYTHONPATH": str(HERE)}  # for graph_timing
    for program in sorted((HERE / "peers").glob("*_workflow.py")):
        command = [str(python), program.name]
        child = subprocess.Popen(
            command, cwd=program.parent, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        try:
            said, failed = child.communicate(timeout=PEER_S)
        except subprocess.TimeoutExpired:
            child.kill()
            said, failed = child.communicate()
            print(f"{program.name} was ended after {PEER_S:g} s", file=sys.stderr)
        if child.returncode not in (0, -9):
            print(f"{program.name} failed: {failed.strip().splitlines()[-1:]}", file=sys.stderr)
        rows += [json.loads(it) for it in said.splitlines() if it.startswith("{")]
    return rows


def show_graphs() -> None:
    mine = our_rows("llmspell", plain)
    rows = [*mine, *our_rows("llmspell, async steps", waiting), *peer_rows()]
    base = {(it["kind"], it["n"]): it["run_s"] for it in mine}
    shown = []
    for kind in KINDS:
        for n in SIZES:
            for it in rows:
                if (it["kind"], it["n"]) != (kind, n):
                    continue
                shown.append(
                    [
                        f"{kind} of {n}: {it['name']} {it.get('version', '')}".rstrip(),
                        f"{it['run_s'] * 1000:.1f}",
                        f"{n / it['run_s']:,.0f}",
                        f"{it['run_s'] / base[kind, n]:.2f}",
                        f"{it['made_s'] * 1000:.0f}",
                    ]
                )
    table("Graphs of no-op steps in the host", ["", "CPU ms", "steps/s", "x ours", "made ms"], shown)
    best = max(it["n"] / it["run_s"] for it in mine)
    print(f"\n  aims: {AIM_STEPS:,} steps a second (best here {best:,.0f});", end="")
    print(f" a dag of 10,000 in {AIM_DAG_S} s (here {base['dag', 10_000]:.2f} s)")
    growth = base["dag", 10_000] / base["dag", 1_000]
    print(f"  growth from 1,000 to 10,000 steps of a dag: {growth:.1f} times")


def script_s(language: str, kind: str, n: int) -> tuple[float, float]:
    """CPU of the host and wall seconds of one run of a script whose steps are its own functions, or of one that calls
    the host as often (kind `calls`)."""
    path = Path(f"steps-{kind}.{language}")
    text = CALLS[language] if kind == "calls" else SCRIPTS[language]
    path.write_text(text.format(n=n, kind=kind), encoding="utf-8")
    cpu, wall = time.process_time(), time.perf_counter()
    outcome = ScriptRuntime("medium", settings=load_settings(files=())).run(detect(str(path)))
    if outcome.error is not None:
        raise outcome.error
    return time.process_time() - cpu, time.perf_counter() - wall


def show_scripts(n: int = SCRIPT_STEPS) -> None:
    rows = []
    for language in SCRIPTS:
        one_call = 0.0
        for kind in ("calls", "sequential", "parallel"):
            cpu, wall = script_s(language, kind, n)
            one_call = one_call or wall
            figures = [f"{cpu / n * 1e6:.0f}", f"{wall / n * 1e6:.0f}", f"{n / wall:,.0f}", f"{wall / one_call:.1f}"]
            rows.append([f"{n} {kind}, .{language}", *figures])
    heads = ["", "host CPU us each", "wall us each", "a second", "x one call"]
    table("Steps that are functions of a script, the whole run with its journal", heads, rows)


if __name__ == "__main__":
    with scratch() as folder:
        os.environ.update(clean_env(folder))
        show_graphs()
        show_scripts()
