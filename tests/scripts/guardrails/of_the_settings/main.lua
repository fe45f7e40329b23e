-- Whoever asks a model or a tool: agents, workflows, templates, scripts.
local card = "4111 1111 1111 1111, Project Apollo"
print(Agent.create{ model = "echo" }:ask(card).text)
local flow = Workflow.sequential{ name = "w", steps = {
  { name = "ask", agent = Agent.create{ name = "a", model = "echo" }, input = card },
  { name = "count", tool = "text-manipulator", input = { operation = "uppercase", text = card } },
} }
local result = flow:execute()
print(result.outputs.ask.text, result.outputs.count.text)
print(Tool.execute("text-manipulator", { operation = "uppercase", text = card }).text)
local ok, e = pcall(Tool.execute, "text-manipulator", { operation = "uppercase", text = "sk-ant-abcdefghijklmnopqrstuv" })
print(ok, e.code, e.details.rule)
local kinds = {}
for _, it in ipairs(Run.journal()) do if it.error then kinds[#kinds + 1] = it.target .. " " .. it.error.code end end
print(table.concat(kinds, ", "))
