local function saying(name, text, more)
  local turn = { text = text, cost_usd = 0.25, usage = { input_tokens = 4, output_tokens = 2 } }
  for key, value in pairs(more or {}) do turn[key] = value end
  return Agent.create{ name = name, description = "Says " .. name, model = { scripted = { turns = { turn }, ["repeat"] = "last" } } }
end
local function members(r)
  for _, it in ipairs(r.metadata.members) do print("", it.name, it.success, it.text, it.error and it.error.code, it.model, it.cost_usd > 0) end
end
local one, two = saying("one", "1({{input}})"), saying("two", "2({{input}})")
local chain = Agent.create_composite("chain", { one, "two", one }, "sequential")
print(chain.name, chain.description, chain.model == "", tostring(chain), JSON.stringify(chain:get_config().parts))
local r = chain:execute("x")
print(r.text, r.agent, r.model, r.cost_usd, r.usage.total_tokens, r.metadata.pattern)
members(r)
for _, step in ipairs(r.steps) do print(step.kind, step.action, step.input, step.observation) end
local side = Agent.createComposite("side", { one, two, one }, "parallel", { max_concurrency = 2 })
r = side:execute{ text = "x" }
print((r.text:gsub("\n", "|")), JSON.stringify(r.data), r.cost_usd)
members(r)
-- They really work at the same time: each waits for the other.
local ping, pong = Async.channel(1), Async.channel(1)
local function waiting(name, fn)
  local tool = { name = "wait", description = "w", parameters = {}, execute = fn }
  return Agent.create{ name = name, model = { scripted = { { tool = "wait", arguments = {} }, "{{last_tool_result}}" } }, tools = { tool } }
end
r = Agent.composite("meeting", {
  waiting("left", function() ping:send("l") return "got " .. pong:receive() end),
  waiting("right", function() local got = ping:receive() pong:send("r") return "got " .. got end),
}, "parallel"):execute("meet")
print(JSON.stringify(r.data))
-- One that fails: all of it, or the others go on.
local bad = saying("bad", nil, { text = "", error = "bad_request" })
local ok, e = pcall(function() return Agent.create_composite("c", { one, bad, two }, "sequential"):execute("x") end)
print(ok, e.code, e.message)
r = Agent.create_composite("c", { one, bad, two }, "sequential", { on_error = "continue" }):execute("x")
print(r.text)
members(r)
ok, e = pcall(function() return Agent.create_composite("p", { one, bad }, "parallel"):execute("x") end)
print(ok, e.code)
r = Agent.create_composite("p", { one, bad, two }, "parallel", { fail_fast = false }):execute("x")
print(JSON.stringify(r.data))
ok, e = pcall(function() return Agent.create_composite("p", { bad, bad }, "parallel", { on_error = "continue" }):execute("x") end)
print(ok, e.code)
-- A composite is an agent: a member, a tool, one that has a name.
local nested = Agent.create_composite("nested", { chain, "side" }, "sequential")
print((nested:execute("y").text:gsub("\n", "|")))
print(Agent.get("nested").name, Agent.get_info("nested").kind, JSON.stringify(Agent.get_hierarchy("nested").parts[1].name))
