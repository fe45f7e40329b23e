local turn = { text = "ok", usage = { input_tokens = 4, output_tokens = 2 }, cost_usd = 0.25 }
local agent = Agent.create{ name = "worker", model = { scripted = { turn, turn, { error = "bad_request" }, turn } } }
local function shown()
  local m, h = agent:get_metrics(), agent:get_health()
  print(m.executions, m.failures, m.input_tokens, m.output_tokens, m.total_tokens, m.cost_usd * 4 == m.executions - m.failures, m.total_ms >= 0, m.average_ms <= m.total_ms)
  print(h.status, h.healthy, h.last_error and h.last_error.code, agent:is_healthy(), agent:get_last_error() and agent:get_last_error().message)
end
shown()
agent:execute("a")
agent:execute("b")
shown()
print(pcall(agent.execute, agent, "c"))
shown()
agent:execute("d")
shown()
print(agent:getMetrics().executions, agent:getHealth().status, agent:isHealthy(), agent:getLastError().code, agent:getMetrics().last_error.code, agent:getConfig().name)
-- One that is paused or stopped refuses until it goes on; one that is destroyed has no name any more.
local echo = Agent.create{ name = "echo one", model = "echo" }
local function tried()
  local ok, e = pcall(echo.execute, echo, "x")
  print(ok, ok and e.text or e.code .. ": " .. e.message, echo:get_health().status, Agent.exists("echo one"))
end
echo:pause()
tried()
echo:resume()
tried()
echo:stop()
tried()
echo:resume()
tried()
echo:destroy()
tried()
local talk = Agent.create{ name = "t", model = "echo" }:conversation()
Agent.get("t"):pause()
print(pcall(talk.send, talk, "x"))
for e in Agent.create{ name = "s", model = "echo" }:stream("x") do if e.type == "done" then print(e.text) end end
local lead = Agent.create{ name = "lead", model = { scripted = { { tool = "t", arguments = { input = "x" } }, "{{last_tool_result}}" } }, tools = { "t" } }
print((lead:execute("go").text:gsub("\n", " / ")))
