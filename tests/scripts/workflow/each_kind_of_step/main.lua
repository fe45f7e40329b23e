local shout = Tool.create{ name = "shout", description = "Shouts", parameters = { text = "string" }, execute = function(p) return p.text:upper() end }
local ada = Agent.create{ name = "ada", model = { scripted = { "Ada says {{input}}", "Ada again" } } }
local inner = Workflow.sequential{ name = "inner", steps = { { name = "twice", fn = function(ctx) return ctx.input .. ctx.input end } } }
Workflow.register(inner)
local wf = Workflow.sequential{ name = "kinds", steps = {
  { name = "by_name", tool = "text_manipulator", input = { operation = "reverse", input = "abc" } },
  { name = "by_object", tool = Tool.get("calculator"), input = { input = "6 * 7" } },
  { name = "own", tool = shout, parameters = { text = "hey" } },
  { name = "own_by_name", type = "tool", tool = "shout", parameters = { text = "ho" } },
  { name = "only_here", tool = { name = "half", execute = function(p) return p.n / 2 end, parameters = { n = "integer" } }, input = { n = 8 } },
  { name = "agent", agent = ada, input = "{{steps.own.text}}" },
  { name = "agent_by_name", type = "agent", agent = "ada", input = { text = "more" } },
  { name = "workflow", workflow = inner, input = "ab" },
  { name = "workflow_by_name", type = "workflow", workflow = "inner", input = "xy" },
  { name = "workflow_of_a_table", workflow = { type = "sequential", steps = { { name = "t", fn = function(ctx) return ctx.input.n + 1 end } } }, input = { n = 41 } },
  { name = "fn", fn = function(ctx) return { seen = ctx.input } end, input = { k = "v" } },
  { name = "func", ["function"] = function(ctx) return ctx:output("fn").seen.k end },
  { name = "nothing", fn = function() end },
  { name = "template", template = "{{steps.func}} and {{steps.by_object.result}}" },
} }
local r = wf:execute()
print(r.success, r.error)
for _, s in ipairs(r.steps) do
  print(s.name, s.kind, s.status, s.attempts)
end
local o = r.outputs
print(o.by_name.text, o.by_object.result, o.own.result, o.own_by_name.text, o.only_here.result)
print(o.agent.text, o.agent.model, o.agent_by_name.text, o.agent_by_name.usage.total_tokens > 0)
print(o.workflow.output, o.workflow.outputs.twice, o.workflow_by_name.output, o.workflow_of_a_table.outputs.t)
print(JSON.stringify(o.fn), o.func, o.nothing, o.template)
print(r.output, r.text)
print(JSON.stringify(r.metadata.extra.agent_outputs))
