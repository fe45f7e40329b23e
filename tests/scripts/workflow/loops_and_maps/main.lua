local function step(fn, more)
  local s = { name = "turn", fn = fn }
  for k, v in pairs(more or {}) do s[k] = v end
  return s
end
local function shown(r)
  print(r.success, JSON.stringify(r.outputs.turn), JSON.stringify(r.output), r.metadata.iterations, r.metadata.stopped_by, r.error_code)
  return r
end
local function item(ctx) return ctx.loop.item end
-- Ranges.
shown(Workflow.loop{ name = "numbers", range = { start = 1, ["end"] = 4 }, steps = { step(item) } }:execute())
shown(Workflow.loop{ range = { start = 0, ["end"] = 10, step = 5 }, steps = { step(item) } }:execute())
shown(Workflow.loop{ range = { from = 3, to = 1, step = -1 }, steps = { step(item) } }:execute())
shown(Workflow.loop{ range = { start = 1, ["end"] = "{{input.n}}" }, steps = { step(item) } }:execute{ n = 3 })
-- Collections: of values, of the input, of an earlier answer.
shown(Workflow.loop{ collection = { "a", "b" }, steps = { step(function(ctx) return ctx.loop.index .. ctx.loop.item end) } }:execute())
shown(Workflow.loop{ collection = "{{input.names}}", steps = { step(nil, { fn = function(ctx) return ctx.input end, input = "{{loop.index}}: {{loop.item.name}}" }) } }:execute{ names = { { name = "Ada" }, { name = "Bob" } } })
shown(Workflow.loop{ collection = {}, steps = { step(item) } }:execute())
-- While a function, a condition or an expression holds.
shown(Workflow.loop{ ["while"] = function(ctx) return (ctx.shared.n or 0) < 3 end, steps = { step(function(ctx) ctx:set("n", (ctx:get("n") or 0) + 1); return ctx:get("n") end) } }:execute())
shown(Workflow.loop{ ["while"] = "shared.n < 2", shared_data = { n = 0 }, steps = { step(function(ctx) ctx:set("n", ctx:get("n") + 1); return ctx:get("n") end) } }:execute())
shown(Workflow.loop{ ["while"] = { type = "not", condition = { type = "shared_data_exists", key = "stop" } }, steps = { step(function(ctx) ctx:set("stop", true); return "once" end) } }:execute())
-- It ends where it is told to, and in any case.
shown(Workflow.loop{ collection = { 1, 2, 3, 4 }, break_condition = function(ctx) return ctx:output("turn") == 2 end, steps = { step(item) } }:execute())
shown(Workflow.loop{ collection = { 1, 2, 3, 4 }, break_condition = "loop.item == 3", steps = { step(item) } }:execute())
shown(Workflow.loop{ ["while"] = "always", max_iterations = 3, steps = { step(item) } }:execute())
local ok, e = pcall(function() Workflow.loop{ ["while"] = "always", steps = { { name = "turn", template = "{{loop.index}}" } } }:execute() end)
print(ok, e.code, e.message, e.hint, e.details.reason)
-- What it answers with.
for _, aggregation in ipairs{ "all", "last", "none" } do
  shown(Workflow.loop{ collection = { 1, 2, 3 }, aggregation = aggregation, steps = { step(item) } }:execute())
end
-- Several steps a turn; one that fails ends it, unless it may go on.
local function odd(ctx) if ctx.loop.item % 2 == 0 then error("even", 0) end return ctx.loop.item end
local r = shown(Workflow.loop{ collection = { 1, 2, 3 }, steps = { step(odd), { name = "second", fn = function(ctx) return ctx.previous * 10 end } } }:execute())
print(r.error, #r.steps, r.steps[3].status, r.steps[3].iteration, r.steps[1].iteration)
shown(Workflow.loop{ collection = { 1, 2, 3 }, error_strategy = "continue", steps = { step(odd) } }:execute())
-- A map is the same for many at a time; its answers are in the order of its items.
local now, most = 0, 0
r = shown(Workflow.map{ name = "squares", collection = { 5, 4, 3, 2, 1 }, max_concurrency = 2, steps = { step(function(ctx)
  now = now + 1
  most = math.max(most, now)
  Async.sleep(ctx.loop.item / 2000)
  now = now - 1
  return ctx.loop.item * ctx.loop.item
end) } }:execute())
print(most, #r.steps)
shown(Workflow.map{ collection = "{{input}}", steps = { { name = "up", tool = "text-manipulator", input = { operation = "uppercase", input = "{{loop.item}}" } }, { name = "turn", template = "{{loop.index}}{{steps.up.text}}" } } }:execute{ "x", "y" })
r = Workflow.map{ collection = { 1, 2, 3 }, fail_fast = true, steps = { step(odd) } }:execute()
print(r.success, r.error_code)
r = shown(Workflow.map{ collection = { 1, 2, 3 }, error_strategy = "continue", steps = { step(odd) } }:execute())
print(r.error)
