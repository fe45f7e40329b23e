local function thinking(...)
  return { scripted = { turns = { ... }, tools = false } }
end
local agent = Agent.create{
  name = "reasoner",
  model = thinking(
    "Thought: I need the sum\nAction: calculator\nAction Input: {\"input\": \"2 + 3\"}",
    "Thought: now twice\nAction: calculator(5 * 2)",
    "I think it is ten.",
    "Thought: once more\nAction: kalkulator\nAction Input: 5 * 2",
    "Thought: like this\nAction: calculator\nAction Input: 5 * 2\nObservation: 11\nFinish: 11",
    "Thought: I know it\nFinal Answer: ten"
  ),
  tools = { "calculator" },
}
local r = agent:execute("Twice the sum of two and three?")
for i, step in ipairs(r.steps) do print(i, step.kind, step.thought, step.action, (step.observation:gsub("\n", " / "))) end
print(r.text, #r.tool_calls, #r.messages)
-- Asked for with a model that could call tools, too.
local react = Agent.react{ name = "talker", model = { scripted = { "Action: calculator\nAction Input: {\"input\": \"1 + 1\"}", "Finish: two" } }, tools = { "calculator" } }
print(react:execute("One and one?").text, react:get_config().mode, react.name)
print(Agent.react("named", { model = "echo" }):get_config().mode, Agent.react{ model = "echo", mode = "native" }:get_config().mode)
-- Without tools there is nothing to speak of, and what comes is the answer.
print(Agent.create{ model = thinking("Thought: hm\nFinish: yes") }:execute("x").text)
-- A structured answer likewise.
local counter = Agent.react{ model = thinking("Finish: {\"n\": \"x\"}", "Finish: {\"n\": 4}"), tools = { "calculator" }, schema = { n = "integer" } }
print(counter:execute("Count").data.n)
-- It streams what people should see.
local said = {}
local streamed = Agent.react{ model = thinking("Thought: add\nAction: calculator\nAction Input: {\"input\": \"1+2\"}", "Thought: done\nFinish: It is three."), tools = { "calculator" } }
streamed:stream("Go", function(e) if e.type ~= "progress" then said[#said + 1] = e.type .. ":" .. e.text end end)
print(table.concat(said, "|"))
local ok, e = pcall(Agent.create, { model = thinking("x"), tools = { "calculator" }, mode = "native" })
print(ok, e.code, e.message, e.hint)
