local n = 0
local function count() n = n + 1 return n end
Tool.create{ name = "count", description = "d", parameters = { x = "integer" }, execute = count }
Tool.create{ name = "other", description = "d", parameters = { x = "integer" }, execute = count }
local function call(name, x) return Tool.execute(name, { x = x }).result end
print(call("count", 1), call("count", 1), call("count", 2), call("count", 1))
print(call("other", 1), call("other", 1))
local agent = Agent.create{ model = { scripted = { "first", "second" } }, memory = "none" }
print(agent:execute("a").text, agent:execute("a").text, agent:execute("b").text)
