local function tried(fields, input)
  local ok, e = pcall(function() return Agent.create(fields):execute(input or "hi") end)
  print(ok, ok and e.text or e.code, ok and "" or e.message, not ok and e.hint or "")
end
tried({ model = { scripted = { "x" } } })
tried({ model = "echo" })
-- The next model is not asked instead of one that is denied.
tried({ model = { scripted = { "x" } }, fallback = { "echo" } })
for _, pattern in ipairs{ "sequential", "parallel" } do
  local ok, e = pcall(function()
    return Agent.create_composite("c", { Agent.create{ model = "echo" }, Agent.create{ model = { scripted = { "x" } } } }, pattern):execute("x")
  end)
  print(ok, e.code)
end
local agent = Agent.create{ model = "echo", tools = { "calculator" } }
local ok, e = pcall(agent.invoke_tool, agent, "calculator", { input = "1" })
print(ok, e.code, e.message)
ok, e = pcall(function() for _ in Agent.create{ model = { scripted = { "x" } } }:stream("x") do end end)
print(ok, e.code)
-- A right that was given up is gone for agents, too.
print(agent:execute("still").text)
Config.drop("model:echo/*")
ok, e = pcall(agent.execute, agent, "x")
print(ok, e.code)
