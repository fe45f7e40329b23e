-- What a function of the script's does counts as done where it is called: there it may not wait for itself, ...
local talk = Agent.create{ name = "echo", model = "echo" }:conversation()
local ok, e = pcall(talk.stream, talk, "hi", function(event)
  if event.type == "text" then talk:send("from inside") end
end)
print(ok, e.code, e.message)
print(talk:send("from outside").text, #talk:history())

-- ... and an agent pays for what its tools ask of others.
local scripted = { scripted = { { text = "sum", usage = { input_tokens = 600, output_tokens = 1 } } } }
local helper = Agent.create{ name = "helper", model = scripted }
local ask = Tool.create{ name = "ask", description = "Asks.", execute = function() return helper:execute("q").text end }
local turns = { scripted = { { tool = "ask" }, { text = "done" } } }
local boss = Agent.create{ name = "boss", model = turns, tools = { ask }, budget = { tokens = 500 } }
local paid, e = pcall(boss.execute, boss, "go")
print(paid, e.code, e.message:match("the agent boss may spend 500 tokens"))
local rich = Agent.create{ name = "rich", model = turns, tools = { ask }, budget = { tokens = 50000 } }
helper = Agent.create{ name = "helper", model = scripted }
print(rich:execute("go").text)

-- A large result of a tool is kept as the text that the model saw, once there is too much of them.
local large = Tool.create{ name = "large", description = "Large.", execute = function() return ("x"):rep(9 * 1024 * 1024) end }
local calls = { scripted = { { calls = { { tool = "large" }, { tool = "large" } } }, { text = "read" } } }
local answer = Agent.create{ model = calls, tools = { large } }:execute("go")
print(#answer.tool_calls[1].result, #answer.tool_calls[2].result < 100000)
