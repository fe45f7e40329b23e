"""S31: what agents have the host keep and do at once is bounded, and what is usual is not."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]
HOST_DECIDES = True
KEEP = {
    "prompts": 'Agent.create{ name = "a" .. i, model = "echo", system_prompt = BIG }',
    "memories": "agent:execute(BIG)",
    "conversations": "talk:send(BIG)",
    "states": 'agent:set_state("k" .. i, BIG)',
    "contexts": 'Agent.create_context({ x = string.rep("x", 200000) })',
    "streams": 'kept[#kept + 1] = agent:stream("hi")',
}
LOOP = """
local BIG = string.rep("x", 4000000)
local agent = Agent.create{ name = "agent", model = "echo", memory = "buffer" }
local talk = agent:conversation()
local kept = {}
for i = 1, TIMES do
  local done, problem = pcall(function() KEEP end)
  if not done then print(i, problem) break end
end
print("done")
"""


@pytest.mark.parametrize("what", KEEP)
def test_s31_what_agents_keep_is_bounded(lua: Run, what: str) -> None:
    source = LOOP.replace("KEEP", KEEP[what])
    done = lua(source.replace("TIMES", "5000"), "--limit", "memory_bytes=160MB")
    assert done.returncode == 0 and "at most" in done.stdout, done.stdout[-500:] + done.stderr
    assert int(done.stdout.split("\t")[0]) > 3
    few = lua(source.replace("TIMES", "3"), "--limit", "memory_bytes=160MB")
    assert (few.returncode, few.stdout) == (0, "done\n"), few.stdout + few.stderr


MANY = """
local made = Agent.create{ name = "leaf", model = "echo" }
local function many(it) local t = {} for i = 1, WIDTH do t[i] = it end return t end
for depth = 1, DEPTH do made = Agent.create_composite("c" .. depth, many(made), "parallel") end
print(select(2, pcall(made.execute, made, "hello")).code or "answered")
"""


def test_s31_what_agents_do_at_once_is_bounded(lua: Run) -> None:
    wide = lua(MANY.replace("WIDTH", "400").replace("DEPTH", "3"))
    assert (wide.returncode, wide.stdout) == (0, "agent_stopped\n"), wide.stderr
    usual = lua(MANY.replace("WIDTH", "10").replace("DEPTH", "2"))
    assert (usual.returncode, usual.stdout) == (0, "answered\n"), usual.stderr
