local seen = {}
local function says(name, more)
  local step = { name = name, fn = function(ctx) seen[#seen + 1] = name; return (ctx.previous or "start") .. ">" .. name end }
  for k, v in pairs(more or {}) do step[k] = v end
  return step
end
local function fails(name, more) return says(name, { fn = function() seen[#seen + 1] = name; error("broken " .. name, 0) end, on_error = more }) end
local function shown(r)
  local rows = {}
  for i, s in ipairs(r.steps) do rows[i] = s.name .. "=" .. s.status end
  print(r.success, r.error, r.error_code, table.concat(rows, " "), table.concat(seen, ","))
  seen = {}
  return r
end
local r = shown(Workflow.sequential{ steps = { says("a"), says("b"), says("c") } }:execute())
print(r.output, r.outputs.a, r.outputs.b, r.text)
-- What follows a failing step is not done,
r = shown(Workflow.sequential{ name = "stops", steps = { says("a"), fails("b"), says("c") } }:execute())
print(r.outputs.a, r.outputs.b, r.outputs.c, r.steps[2].error, r.steps[2].error_code, r.metadata.failed_steps, r.metadata.skipped_steps)
-- unless the workflow or the step says so.
r = shown(Workflow.sequential{ error_strategy = "continue", steps = { says("a"), fails("b"), says("c") } }:execute())
r = shown(Workflow.sequential{ steps = { says("a"), fails("b", "continue"), says("c") } }:execute())
r = shown(Workflow.sequential{ error_strategy = "continue", steps = { says("a"), fails("b", "fail_fast"), says("c") } }:execute())
r = shown(Workflow.sequential{ steps = { says("a"), { name = "b", optional = true, fn = function() error("pity", 0) end }, says("c") } }:execute())
print(r.success, r.metadata.failed_steps)
-- A step with a condition is skipped where it does not hold.
r = shown(Workflow.sequential{ steps = { says("a"), says("b", { condition = "never" }), says("c", { condition = function(ctx) return ctx:output("a") == "start>a" end }) } }:execute())
-- A workflow can be executed again, also while it is at work.
local again = Workflow.sequential{ name = "again", steps = { { name = "n", fn = function(ctx) return ctx.input.n * 10 end } } }
local tasks = {}
for n = 1, 5 do tasks[n] = function() return again:execute{ n = n }.output end end
print(table.concat(Async.all(tasks), " "))
print(again:run{ n = 7 }.output, again:invoke{ n = 8 }.output, again:execute_async{ n = 9 }.output, Workflow.execute(again, { n = 6 }).output)
