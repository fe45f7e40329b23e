local agent = Agent.create{
  name = "teller",
  model = { scripted = { turns = {
    { reasoning = "I must add", text = "Let me see.", tool = "calculator", arguments = { input = "1 + 2" }, usage = { input_tokens = 5, output_tokens = 7 }, cost_usd = 0.25 },
    { chunks = { "It ", "is ", "{{last_tool_result}}." }, usage = { input_tokens = 9, output_tokens = 3 }, cost_usd = 0.5 },
  }, ["repeat"] = "all" } },
  tools = { "calculator" },
}
local function show(e)
  if e.type == "text" or e.type == "reasoning" then print(e.type, "[" .. e.text .. "]", e.agent)
  elseif e.type == "tool_start" then print(e.type, e.id, e.name, JSON.stringify(e.arguments), e.agent)
  elseif e.type == "tool_end" then print(e.type, e.id, e.name, e.text, JSON.stringify(e.result), e.error, e.duration_ms >= 0)
  elseif e.type == "progress" then print(e.type, e.step, e.max_steps, e.usage.input_tokens, e.usage.output_tokens, e.cost_usd)
  elseif e.type == "done" then print(e.type, e.text, e.model, e.usage.total_tokens, #e.steps, e.success)
  else print(e.type, e.code, e.message) end
end
-- To a function, which may itself call the host; the whole answer comes back.
local n = 0
local r = agent:stream("How much?", function(e)
  n = n + 1
  Async.sleep(0)
  show(e)
end)
print(r.text, r.cost_usd, n)
-- As a loop, under every name.
local kinds = {}
for e in agent:stream("How much?") do kinds[#kinds + 1] = e.type end
print(table.concat(kinds, " "))
for _, name in ipairs{ "invokeStream", "invoke_stream", "executeStream", "execute_stream" } do
  local text = ""
  for e in agent[name](agent, { text = "How much?" }) do if e.type == "text" then text = text .. e.text end end
  io.write("[", text, "] ")
end
print()
-- By hand: next, and result, which skips what was not read.
local s = agent:stream("How much?")
print(s:next().text, s.next().type, s:result().text, s:result().cost_usd, tostring(s))
while s:next() do end
print(s:next())
-- An error comes after what was there before it, as an event and then as an error.
local broken = Agent.create{ name = "broken", model = { scripted = { turns = { { text = "But wait", error = "bad_request" } }, ["repeat"] = "last" } } }
local ok, e = pcall(function() for event in broken:stream("x") do show(event) end end)
print(ok, e.code, e.details.kind)
ok, e = pcall(broken.stream, broken, "x", show)
print(ok, e.code)
s = broken:stream("x")
ok, e = pcall(s.result, s)
print(ok, e.message)
-- What the function raises ends the agent.
ok, e = pcall(agent.stream, agent, "x", function() error({ code = "enough", message = "stop it" }) end)
print(ok, e.code, e.message)
-- Agents inside come through under their own names.
local inner = Agent.create{ name = "inner", model = { scripted = { "deep" } } }
local outer = Agent.create{ name = "outer", model = { scripted = { { tool = "inner", arguments = { input = "x" } }, "high" } }, tools = { inner } }
for e in outer:stream("x") do if e.type ~= "progress" then io.write(e.agent, ":", e.type, " ") end end
print()
-- So do composites.
for e in Agent.create_composite("both", { Agent.create{ name = "one", model = "echo" }, Agent.create{ name = "two", model = "echo" } }, "sequential"):stream("hi") do
  if e.type ~= "progress" then io.write(e.agent, ":", e.type, " ") end
end
print()
