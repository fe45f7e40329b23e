-- A model that calls one tool and answers with what that said.
local function caller(tool, arguments)
  return { scripted = { { tool = tool, arguments = arguments }, "{{last_tool_result}}" } }
end
local function asked(fields)
  local r = Agent.create(fields):execute("Go")
  print(r.text, r.tool_calls[1].name, r.tool_calls[1].error)
  return r
end
asked{ model = caller("calculator", { input = "2 + 3" }), tools = { "calculator" } }
asked{ model = caller("hash_calculator", { operation = "hash", algorithm = "md5", input = "a" }), tools = { "hash_calculator" } }
asked{ model = caller("calculator", { input = "4 + 5" }), tools = { Tool.get("calculator") } }
-- A function of the script's, which itself asks the host, waits, and uses what is around it.
local seen = {}
local lookup = Tool.create{
  name = "look.up", description = "Looks up", parameters = { city = "string", days = { type = "integer", default = 2 } },
  execute = function(params)
    seen[#seen + 1] = params.city
    Async.sleep(0)
    local sum = Tool.execute("calculator", { input = params.days .. " * 10" }).result
    return { success = true, text = params.city .. ": " .. sum, result = { degrees = sum } }
  end,
}
local r = asked{ model = caller("look_up", { city = "Lagos" }), tools = { lookup } }
print(JSON.stringify(r.tool_calls[1].result), seen[1])
asked{ model = caller("look.up", { city = "Kano", days = 3 }), tools = { "look.up" } }
asked{ model = caller("once", { x = 5 }), tools = { { name = "once", description = "For this one", parameters = { x = "integer" }, execute = function(p) return p.x * 2 end } } }
print(Tool.exists("once"), Tool.exists("look.up"))
-- Agents are tools: as objects, by name, wrapped.
local poet = Agent.create{ name = "the poet", description = "Writes", model = { scripted = { turns = { { text = "O {{input}}!", cost_usd = 0.5 } }, ["repeat"] = "last" } } }
r = asked{ model = caller("the_poet", { input = "rain" }), tools = { poet } }
print(r.cost_usd, JSON.stringify(r.steps[1].input))
asked{ model = caller("the_poet", { input = "sun" }), tools = { "the poet" } }
local wrapped = Agent.wrap_as_tool(poet, { name = "muse", description = "Inspires" })
print(wrapped.name, wrapped.description, wrapped:execute({ input = "wind" }).text, Tool.execute("muse", { input = "snow" }).result)
asked{ model = caller("muse", { input = "fog" }), tools = { wrapped } }
asked{ model = caller("muse", { input = "ice" }), tools = { "muse" } }
print(Agent.wrapAsTool("the poet").name, poet:as_tool().name, poet:asTool("bard", "Sings").description)
-- One that answers with data hands its data on.
local counter = Agent.create{ name = "counter", model = { scripted = { { data = { n = 3 } } } }, schema = { n = "integer" } }
r = asked{ model = caller("counter", { input = "count", context = { a = 1 } }), tools = { counter } }
print(JSON.stringify(r.tool_calls[1].result))
-- The tools are chosen for the first turn alone.
r = asked{ model = caller("calculator", { input = "1" }), tools = { "calculator", lookup }, tool_choice = "calculator" }
-- A tool of that name now is the one that is called.
Tool.create{ name = "swap", description = "d", parameters = {}, execute = function() return "old" end }
local agent = Agent.create{ model = { scripted = { { tool = "swap", arguments = {} }, "{{last_tool_result}}" } }, tools = { "swap" } }
Tool.create{ name = "swap", description = "d", parameters = {}, execute = function() return "new" end }
print(agent:execute("Go").text)
