local wf = Workflow.pipeline{ name = "clean", steps = {
  { name = "trim", fn = function(ctx) return (ctx.input:gsub("^%s+", ""):gsub("%s+$", "")) end },
  { name = "up", tool = "text-manipulator", input = { operation = "uppercase", input = "{{previous}}" } },
  { name = "say", agent = Agent.create{ name = "echo", model = "echo" } },
  { name = "count", fn = function(ctx) return { text = ctx.input, length = #ctx.input } end },
} }
local r = wf:execute("  hello  ")
print(r.success, r.error, JSON.stringify(r.output), r.text)
for _, s in ipairs(r.steps) do print(s.name, s.kind, s.status) end
-- Each gets what the one before has found, where it has no input of its own.
r = Workflow.pipeline{ steps = {
  { name = "a", fn = function(ctx) return ctx.input + 1 end },
  { name = "b", fn = function(ctx) return ctx.input * 2 end },
  { name = "c", fn = function(ctx) return ctx.input - 3 end },
} }:execute(4)
print(r.output, r.outputs.a, r.outputs.b, r.outputs.c)
r = Workflow.pipeline{ steps = {
  { name = "a", fn = function() error("no", 0) end },
  { name = "b", fn = function(ctx) return ctx.input end },
} }:execute(4)
print(r.success, r.error, #r.steps)
