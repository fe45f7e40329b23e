local log = {}
local function note(text) log[#log + 1] = text end
local function shown(what, r)
  local rows = {}
  for i, s in ipairs(r.steps) do rows[i] = s.name .. "=" .. s.status .. "*" .. s.attempts end
  print(what, r.success, r.error, r.error_code, table.concat(rows, " "), table.concat(log, ","))
  log = {}
  return r
end
local function failing_until(n, code)
  return function(ctx)
    note("try" .. ctx.attempt)
    if ctx.attempt < n then error({ code = code or "flaky", message = "not yet" }, 0) end
    return "after " .. ctx.attempt
  end
end
local function one(step) return Workflow.sequential{ name = "one", steps = { step } }:execute() end
-- Retries: a number, or a table.
local r = shown("retry 2", one{ name = "a", fn = failing_until(3), retry = 2 })
print(r.output)
shown("retry 1", one{ name = "a", fn = failing_until(3), retry = 1 })
shown("backoff", one{ name = "a", fn = failing_until(4), retry = { attempts = 4, backoff_ms = 1, factor = 2, max_backoff_ms = 3 } })
shown("on", one{ name = "a", fn = failing_until(3), retry = { attempts = 5, on = { "flaky", "timed_out" } } })
shown("not on", one{ name = "a", fn = failing_until(3, "other"), retry = { attempts = 5, on = { "flaky" } } })
shown("of the workflow", Workflow.sequential{ retry = 1, steps = { { name = "a", fn = failing_until(2) }, { name = "b", fn = failing_until(3), retry = 2 } } }:execute())
shown("strategy", Workflow.sequential{ error_strategy = "retry", steps = { { name = "a", fn = failing_until(2) } } }:execute())
shown("on_error", one{ name = "a", fn = failing_until(2), on_error = "retry" })
-- Fallbacks: a step in its place, a step by its name.
local function broken() note("broken"); error({ code = "mine", message = "broken" }, 0) end
r = shown("fallback", one{ name = "a", fn = broken, fallback = { name = "b", fn = function() note("b"); return "instead" end } })
print(r.outputs.a, r.steps[1].recovered)
r = shown("on_error", one{ name = "a", fn = broken, on_error = { fallback = { tool = "calculator", input = { input = "1 + 1" } } } })
print(r.outputs.a.result)
r = shown("by name", Workflow.sequential{ steps = { { name = "a", fn = broken, on_error = "plan_b" }, { name = "c", fn = function(ctx) return ctx:output("a") .. "!" end }, { name = "plan_b", fn = function() note("plan_b"); return "B" end } } }:execute())
print(r.outputs.c)
r = shown("not needed", Workflow.sequential{ steps = { { name = "a", fn = function() return "A" end, fallback = "plan_b" }, { name = "plan_b", fn = function() note("plan_b") return "B" end } } }:execute())
r = shown("both fail", one{ name = "a", fn = broken, fallback = { name = "b", fn = function() error({ code = "worse", message = "worse" }, 0) end } })
-- Compensations: what was done is undone, the last first.
local function undo(name) return function(ctx) note("undo " .. name .. " " .. tostring(ctx:output(name))) end end
local function does(name, more)
  local step = { name = name, fn = function() note(name) return name:upper() end, compensate = undo(name) }
  for k, v in pairs(more or {}) do step[k] = v end
  return step
end
r = shown("saga", Workflow.sequential{ steps = { does("flight"), does("hotel"), does("car"), { name = "pay", fn = broken, compensate = undo("pay") } } }:execute())
shown("all well", Workflow.sequential{ steps = { does("flight"), does("hotel") } }:execute())
shown("goes on", Workflow.sequential{ error_strategy = "continue", steps = { does("flight"), { name = "pay", fn = broken } } }:execute())
shown("a step", Workflow.sequential{ steps = { does("flight", { compensate = { name = "cancel", fn = function() note("cancelled") end } }), { name = "pay", fn = broken } } }:execute())
r = shown("fails itself", Workflow.sequential{ steps = { does("flight"), does("hotel", { compensate = function() error({ code = "stuck", message = "cannot undo" }, 0) end }), { name = "pay", fn = broken } } }:execute())
print(r.error, r.steps[#r.steps - 1].error, r.steps[#r.steps].error)
shown("dag", Workflow.dag{ max_concurrency = 1, steps = { does("a"), does("b", { depends_on = { "a" } }), { name = "c", fn = broken, depends_on = { "b" } } } }:execute())
