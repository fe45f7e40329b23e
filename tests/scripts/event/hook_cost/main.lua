local agent = Agent.create{ model = { scripted = { { text = "a fairly long answer that costs a little", times = 99 } } } }
local n, code = 0
repeat
  local ok, e = pcall(agent.execute, agent, "how much does this question cost, and how much the answer to it?")
  if ok then n = n + 1 else code = e.code end
until code or n > 20
print(code, n > 0)
