-- Each waits for the other: only calls that run at the same time get anywhere.
local ping, pong = Async.channel(1), Async.channel(1)
local order = {}
local function tool(name, fn)
  return Tool.create{ name = name, description = name, parameters = { x = "integer" }, execute = function(p)
    order[#order + 1] = name .. " begins"
    local answer = fn(p.x)
    order[#order + 1] = name .. " ends"
    return answer
  end }
end
local agent = Agent.create{
  name = "boss",
  model = { scripted = {
    { text = "Both at once.", calls = { { tool = "first", arguments = { x = 1 } }, { tool = "second", arguments = { x = 2 } } } },
    "{{tool_results}}",
  } },
  tools = {
    tool("first", function(x) ping:send(x) return "first got " .. pong:receive() end),
    tool("second", function(x) local got = ping:receive() pong:send(x) return "second got " .. got end),
  },
}
local r = agent:execute("Go")
print(r.text)
for i, step in ipairs(r.steps) do print(i, step.kind, step.thought, step.action, step.observation) end
for _, m in ipairs(r.messages) do print(m.role, m.name, m.text) end
print(order[1], #order)
-- Agents among them, and one of them fails: the others are not disturbed.
local function member(name, turn) return Agent.create{ name = name, description = name, model = { scripted = { turn } } } end
local lead = Agent.create{
  name = "lead",
  model = { scripted = { { calls = { { tool = "a", arguments = { input = "1" } }, { tool = "b", arguments = { input = "2" } }, { tool = "c", arguments = { input = "3" } } } }, "{{tool_results}}" } },
  tools = { member("a", { text = "a: {{input}}", cost_usd = 0.25 }), member("b", { error = "bad_request" }), member("c", { text = "c: {{input}}", cost_usd = 0.5 }) },
}
r = lead:execute("Go")
print(r.text, r.cost_usd)
for _, call in ipairs(r.tool_calls) do print(call.name, call.result, call.error) end
