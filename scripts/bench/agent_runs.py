"""What an agent costs beside its model: one run of model, tool, model, against the same in other frameworks.

The model answers at once, so what is measured is the framework. Peers run in an environment of their own, made by
scripts/bench/setup_peers; without it only ours is shown. CPU of the host process; the script's own process is idle
while the host works, and its share is shown beside it."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

from llmspell.bridge.bridge import Bridge
from llmspell.config.load import load_settings
from llmspell.runtime.runtime import ScriptRuntime
from llmspell.runtime.script import detect
from measure import HERE, LLMSPELL, clean_env, in_turn, scratch, table

ROOT = HERE.parents[1]
PEERS = Path(os.environ.get("LLMSPELL_PEERS", ROOT / ".venv-peers"))
RUNS = 300
AIM_OF_BEST = 1 / 3

TURNS = {
    "lua": """{ scripted = {
      { when = { after_tool = true }, text = "It is {{last_tool_result}}." },
      { when = { after_tool = false }, tool = "TOOL", arguments = ARGUMENTS },
    } }""",
    "py": """{"scripted": [
      {"when": {"after_tool": True}, "text": "It is {{last_tool_result}}."},
      {"when": {"after_tool": False}, "tool": "TOOL", "arguments": ARGUMENTS},
    ]}""",
}
SCRIPTS = {
    ("lua", "built-in tool"): """
local agent = Agent.create{ model = MODEL, tools = { "calculator" }, system_prompt = "Use the tool." }
for i = 1, N do assert(agent:execute("What is 1 + 2?").text == "It is 3.") end
""",
    ("py", "built-in tool"): """
agent = Agent.create(model=MODEL, tools=["calculator"], system_prompt="Use the tool.")
for i in range(N):
    assert agent.execute("What is 1 + 2?").text == "It is 3."
""",
    ("lua", "the script's tool"): """
local add = Tool.create{ name = "add", description = "Add.", parameters = { a = "integer", b = "integer" },
  execute = function(params) return params.a + params.b end }
local agent = Agent.create{ model = MODEL, tools = { add }, system_prompt = "Use the tool." }
for i = 1, N do assert(agent:execute("What is 1 + 2?").text == "It is 3.") end
""",
    ("py", "the script's tool"): """
add = Tool.create(name="add", description="Add.", parameters={"a": "integer", "b": "integer"},
                  execute=lambda params: params["a"] + params["b"])
agent = Agent.create(model=MODEL, tools=[add], system_prompt="Use the tool.")
for i in range(N):
    assert agent.execute("What is 1 + 2?").text == "It is 3."
""",
}
PARALLEL = """
local agents = {}
for i = 1, COUNT do
  agents[i] = Agent.create{ model = { scripted = { { text = "done", delay_ms = DELAY } } } }
end
Async.map(agents, function(agent) return agent:execute("go").text end, { limit = COUNT })
"""


def script(language: str, kind: str, runs: int) -> str:
    """A script file that runs an agent so often."""
    own = kind != "built-in tool"
    name = "add" if own else "calculator"
    arguments = {
        ("lua", True): "{ a = 1, b = 2 }",
        ("lua", False): '{ input = "1 + 2" }',
        ("py", True): '{"a": 1, "b": 2}',
        ("py", False): '{"input": "1 + 2"}',
    }[language, own]
    model = TURNS[language].replace("TOOL", name).replace("ARGUMENTS", arguments)
    text = SCRIPTS[language, kind].replace("MODEL", model).replace("N do", f"{runs} do").replace("(N)", f"({runs})")
    path = Path(f"agent-{'own' if own else 'built-in'}-{runs}.{language}")
    path.write_text(text, encoding="utf-8")
    return str(path)


def run_us(path: str, runs: int) -> tuple[float, float, float]:
    """One run of the agent in a script of many: host CPU, the script's process's CPU, wall; microseconds each.

    The first tenth is not counted: it loads what is loaded once."""
    skip = runs // 10
    noted: list[tuple[int, int]] = []
    answer = Bridge.answer

    async def noting(self: Bridge, *args: object) -> tuple[bool, bytes]:
        noted.append((time.process_time_ns(), time.perf_counter_ns()))
        return await answer(self, *args)  # type: ignore[arg-type]  # whatever it was called with

    setattr(Bridge, "answer", noting)  # noqa: B010 - an assignment would have to take exactly what answer takes
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    try:
        outcome = ScriptRuntime("medium", settings=load_settings(files=())).run(detect(path))
    finally:
        setattr(Bridge, "answer", answer)  # noqa: B010 - as above
    if outcome.error is not None:
        raise outcome.error
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    worker_s = after.ru_utime + after.ru_stime - children.ru_utime - children.ru_stime
    (cpu_0, wall_0), (cpu_1, wall_1) = noted[-(runs - skip)], noted[-1]
    n = runs - skip - 1
    return (cpu_1 - cpu_0) / n / 1000, worker_s / runs * 1e6, (wall_1 - wall_0) / n / 1000


def peer_runs() -> list[dict[str, object]]:
    """What each peer's program reports, the cheapest first."""
    python = PEERS / "bin" / "python"
    if not python.exists():
        print(f"no peers: {PEERS} is not there; scripts/bench/setup_peers makes it", file=sys.stderr)
        return []
    found = []
    for program in sorted((HERE / "peers").glob("*_agent.py")):
        done = subprocess.run(
            [str(python), program.name], cwd=program.parent, capture_output=True, text=True, timeout=300
        )
        if done.returncode != 0:
            print(f"{program.name} failed: {done.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
            continue
        found.append(json.loads(done.stdout.splitlines()[-1]))
    return sorted(found, key=lambda it: float(str(it["cpu_us"])))


def show_runs() -> None:
    peers = peer_runs()
    best = float(str(peers[0]["cpu_us"])) if peers else 0.0
    rows = []
    for language, kind in SCRIPTS:
        cpu, worker, wall = run_us(script(language, kind, RUNS), RUNS)
        ratio = f"{cpu / best:.2f}" if best else "-"
        rows.append([f"llmspell, .{language}, {kind}", f"{cpu:.0f}", f"{worker:.0f}", f"{wall:.0f}", ratio, "0.33"])
    for it in peers:
        cpu, wall = float(str(it["cpu_us"])), float(str(it["wall_us"]))
        rows.append([f"{it['name']} {it['version']}", f"{cpu:.0f}", "", f"{wall:.0f}", f"{cpu / best:.2f}", ""])
    heads = ["model, tool, model", "host CPU us", "script us", "wall us", "x best peer", "aim"]
    table("One run of an agent whose model answers at once", heads, rows)


def script_s(text: str) -> tuple[float, int]:
    """How long a script takes as a whole process, and the most memory that it had, in bytes."""
    Path("parallel.lua").write_text(text, encoding="utf-8")
    started = time.perf_counter()
    pid = os.posix_spawn(LLMSPELL, [LLMSPELL, "run", "parallel.lua"], clean_env("."))
    _, status, used = os.wait4(pid, 0)
    if status != 0:
        raise RuntimeError(f"the parallel script ended with status {status}")
    return time.perf_counter() - started, used.ru_maxrss * 1024


def show_parallel(delay_ms: int = 1000) -> None:
    rows = []
    for count in (100, 1000):
        many = PARALLEL.replace("COUNT", str(count)).replace("DELAY", str(delay_ms))
        one = PARALLEL.replace("COUNT", "1").replace("DELAY", str(delay_ms))
        memory = 0

        def all_at_once(many: str = many) -> float:
            nonlocal memory
            seconds, used = script_s(many)
            memory = max(memory, used)
            return seconds

        pairs = in_turn(all_at_once, lambda one=one: script_s(one)[0], 3)  # type: ignore[misc]  # bound in the loop
        aim = "1.10" if count == 100 else ""
        rows.append([f"{count} agents at once", f"{pairs.ratio:.2f}", aim, f"{memory / 1e6:.0f}", "200"])
    heads = [f"a model of {delay_ms} ms", "x one agent", "aim", "host MB", "aim MB"]
    table("Agents that wait for their models in one script, whole process", heads, rows)


if __name__ == "__main__":
    with scratch():
        os.environ["XDG_STATE_HOME"] = os.environ["XDG_CONFIG_HOME"] = os.getcwd()
        show_runs()
        show_parallel()
