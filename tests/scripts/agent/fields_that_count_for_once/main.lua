local greet = Tool.create{
  name = "greet", description = "Greets", parameters = { who = "string" },
  execute = function(p) return "hello " .. p.who end,
}
local function calls(tool, arguments)
  return { scripted = { turns = { { when = { after_tool = true }, text = "{{last_tool_result}}" }, { when = { offers = tool }, tool = tool, arguments = arguments } }, default = "no tool" } }
end
local model = calls("greet", { who = "Ada" })
local agent = Agent.create{ name = "one", model = model }
Agent.create{ name = "helper", model = { scripted = { turns = { "helped with {{input}}" }, ["repeat"] = "last" } } }
print(agent:execute("x").text, agent:execute("x", { tools = { greet } }).text, agent:execute{ text = "x", tools = { "greet" } }.text)
print(agent:execute("x", { tools = { { name = "greet", description = "d", parameters = { who = "string" }, execute = function(p) return "hi " .. p.who end } } }).text)
print(agent:execute("x", { model = calls("helper", { input = "it" }), tools = { "helper" } }).text)
print(agent:execute("x", { model = calls("helper", { input = "that" }), tools = { Agent.get("helper") } }).text)
print(agent:execute("x", { model = "echo", system_prompt = "S", temperature = 0.5, max_tokens = 9, stop = "y" }).model)
print(agent:execute("x", { model = { scripted = { { data = { n = 1 } } } }, schema = { n = "integer" } }).data.n)
for event in agent:stream("x", nil, { tools = { greet } }) do
  if event.type == "done" then print(event.text, #event.steps) end
end
print(agent:stream("x", function() end, { tools = { greet } }).text, agent:chat("x", { tools = { greet } }).text)
local talk = agent:conversation()
print(talk:send("x", { tools = { greet } }).text, talk:stream({ text = "x", tools = { greet } }, function() end).text, talk:send("x").text)
-- Nothing of it is kept.
print(agent:has_tool("greet"), #agent:discover_tools(), agent.model, agent:execute("x").text)
local function wrong(options)
  local ok, e = pcall(agent.execute, agent, "x", options)
  print(ok, e.code, e.message)
end
wrong({ tools = { "nothing" } })
wrong({ tools = { print } })
wrong({ model = "nope/x" })
wrong({ budget = 1 })
wrong({ max_steps = 0 })
