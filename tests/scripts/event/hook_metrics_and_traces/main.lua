local tool = Tool.create{ name = "twice", description = "d", parameters = { x = "integer" },
  execute = function(params) return Tool.execute("calculator", { input = params.x .. " * 2" }).result end }
local agent = Agent.create{ name = "counter", tools = { tool }, model = { scripted = {
  { when = { after_tool = false }, tool = "twice", arguments = { x = 21 } },
  { when = { after_tool = true }, text = "It is {{last_tool_result}}." },
} } }
print(agent:execute("?").text)
pcall(Tool.execute, "calculator", { input = "1 +" })
local metrics = Hook.metrics()
print(metrics.tool.twice.calls, metrics.tool.calculator.calls, metrics.tool.calculator.failures)
print(metrics.agent.counter.calls, metrics.agent.counter.total_ms >= metrics.tool.twice.total_ms)
local names = {}
for _, span in ipairs(Hook.traces()) do
  names[span.span_id] = span.name
  print(span.kind, span.kind == "model" and "-" or span.name, names[span.parent_id] or "-", span.status, span.error or "")
end
