-- Each tries to have a tool see what a rule looks for, or to see it in a model's answer. Prints which have succeeded.
local card = "4111 1111 1111 1111"
local seen
local function note(it) seen = seen .. (type(it) == "string" and it or JSON.stringify(it)) end
local tool = Tool.create{ name = "take", description = "Take.", parameters = { type = "object" },
  execute = function(params) note(params) return "taken" end }
local function says(...) return { scripted = { turns = { ... } } } end
local function calls() return says({ tool = "take", arguments = { x = card } }, "done") end
local function tried(name, attempt)
  seen = ""
  pcall(attempt)
  print(seen:find(card, 1, true) and "seen" or seen:find("4111", 1, true) and "seen in part" or "not seen", name)
end
local function heard(model)
  for event in Agent.create{ model = model }:stream("go") do if event.text then note(event.text) end end
end

tried("nested", function() tool:execute{ a = { b = { { c = "x " .. card } } } } end)
tried("as a name of a field", function() tool:execute{ [card] = 1 } end)
tried("by a model", function() Agent.create{ model = calls(), tools = { tool } }:ask("go") end)
tried("by a model, in words", function()
  local turn = 'Action: take\nAction Input: {"x": "' .. card .. '"}'
  Agent.create{ mode = "react", model = says(turn, "Final Answer: done"), tools = { tool } }:ask("go")
end)
tried("by a workflow", function()
  Workflow.sequential{ name = "w", steps = { { name = "s", tool = "take", input = { x = card } } } }:execute()
end)
tried("by a rule of one's own that allows more", function()
  Agent.create{ model = calls(), tools = { tool }, guardrails = { rules = { cards = false } } }:ask("go")
end)
tried("whole", function() note(Agent.create{ model = says("it is " .. card) }:ask("go").text) end)
tried("in pieces", function() heard(says{ chunks = { "it is 4", "111 1111 11", "11 111", "1" } }) end)
tried("a character after the other", function()
  local pieces = {}
  for i = 1, #card do pieces[i] = card:sub(i, i) end
  heard(says{ chunks = pieces })
end)
tried("as its thoughts", function()
  note(Agent.create{ model = says{ reasoning = card, text = "hm" } }:ask("go"))
end)
tried("as arguments", function() note(Agent.create{ model = calls(), tools = { tool } }:ask("go")) end)
tried("from an agent behind another", function()
  local behind = Agent.create{ name = "behind", model = says(card) }
  local asks = says({ tool = "behind", arguments = { input = "x" } }, "done")
  note(Agent.create{ model = asks, tools = { behind } }:ask("go"))
end)
tried("by a hook, before", function()
  local id = Hook.register("BeforeToolExecution", function() return { type = "modified", data = { x = card } } end)
  pcall(tool.execute, tool, { x = "harmless" })
  Hook.unregister(id)
end)
tried("by a hook, after", function()
  Hook.register("AfterModelCall", function(moment) note(moment.output) end)
  Agent.create{ model = says(card) }:ask("go")
end)
