local agent = Agent.create{
  name = "clerk",
  model = { scripted = {
    { reasoning = "I must add.", text = "Let me see.", tool = "calculator", arguments = { input = "6 * 7" }, usage = { input_tokens = 20, output_tokens = 5, cached_tokens = 12 }, cost_usd = 0.25 },
    { text = "It is {{last_tool_result}}.", citations = { "https://example.com/a", { title = "B" } }, usage = { input_tokens = 30, output_tokens = 10 }, cost_usd = 0.5, model = "scripted-2026-11-01" },
  } },
  tools = { "calculator" },
}
local r = agent:execute("How much is six times seven?")
local keys = {}
for key in pairs(r) do keys[#keys + 1] = key end
table.sort(keys)
print(table.concat(keys, " "))
print(r.success, r.text, r.response == r.text, r.data, r.model, r.agent, r.finish_reason, r.cost_usd)
print(JSON.stringify(r.usage), JSON.stringify(r.citations), JSON.stringify(r.metadata))
for _, m in ipairs(r.messages) do print(m.role, JSON.stringify(m)) end
for _, step in ipairs(r.steps) do
  print(step.kind, step.thought, step.action, JSON.stringify(step.input), step.observation, step.error, step.duration_ms >= 0)
end
local call = r.tool_calls[1]
print(#r.tool_calls, call.id, call.name, JSON.stringify(call.arguments), JSON.stringify(call.result), call.error, call.duration_ms >= 0)
print(r.duration_ms >= 0, Run.cost(), Run.usage().input_tokens)
local cut = Agent.create{ model = { scripted = { { text = "It goes o", finish_reason = "length" } } } }:execute("Write")
print(cut.text, cut.finish_reason, #cut.steps, #cut.tool_calls, #cut.citations)
