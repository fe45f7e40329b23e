-- id: L148_agent_tools_cyclic
-- tries: agents that are tools of themselves, by a name that is given anew, and by a script's tool
-- class: stack
-- expect: killed
-- limit: 5
local ok, said = pcall(function() return Agent.create{ model = "echo" }:execute("began").text end)
print(said)
Agent.create{ name = "a", model = "echo" }:as_tool("x")
local b = Agent.create{ name = "b", tools = { "x" }, max_tool_calls = 1e9, max_identical_calls = 1e9, max_steps = 1000, model = { scripted = { { times = 1000000, calls = {
  { tool = "x", arguments = { input = "go" } }, { tool = "x", arguments = { input = "and go" } } } } } } }
b:as_tool("x")
print(pcall(b.execute, b, "go"))
local c
Tool.create{ name = "again", description = "again", parameters = {}, execute = function() return c:execute("go").text end }
c = Agent.create{ name = "c", tools = { "again" }, model = { scripted = { { times = 1000000, tool = "again", arguments = {} } } } }
print(pcall(c.execute, c, "go"))
