local function says(name) return { name = name, fn = function() return name end } end
local function done(r)
  local found = {}
  for _, s in ipairs(r.steps) do if s.status == "succeeded" then found[#found + 1] = s.name end end
  return r.success and table.concat(found, ",") or r.error_code .. ": " .. r.error
end
local shared = { mode = "fast", n = 3, name = "Ada", list = { 1, 2 } }
local function holds(condition, input)
  return done(Workflow.conditional{ shared_data = shared, condition = condition, then_steps = { says("yes") }, else_steps = { says("no") } }:execute(input))
end
print("always", holds("always"), holds{ type = "always" }, holds("never"), holds{ type = "never" }, holds(true), holds(false))
print("shared", holds{ type = "shared_data_equals", key = "mode", value = "fast" }, holds{ type = "shared_data_equals", key = "mode", value = "slow" }, holds{ type = "shared_data_equals", key = "n", expected_value = 3 })
print("exists", holds{ type = "shared_data_exists", key = "mode" }, holds{ type = "shared_data_exists", key = "mood" })
print("and", holds{ type = "and", conditions = { "always", "never" } }, holds{ type = "and", conditions = { "always", { type = "shared_data_exists", key = "n" } } })
print("or", holds{ type = "or", conditions = { "never", "always" } }, holds{ type = "or", conditions = { "never", "never" } })
print("not", holds{ type = "not", condition = "never" }, holds{ ["not"] = "always" })
print("function", holds(function(ctx) return ctx.shared.n == 3 end), holds(function(ctx) return ctx.input.go end, { go = false }), holds(function() return nil end), holds(function() return 0 end))
print("expression", holds("input.n > 3", { n = 4 }), holds("input.n > 3", { n = 3 }), holds("shared.mode == 'fast' and input.n in [1, 2]", { n = 2 }))
print("expression", holds("{{input.n}} > 3", { n = 4 }), holds("not input.done", { done = true }))
-- Of what earlier steps have done.
local function after(condition)
  return done(Workflow.sequential{ error_strategy = "continue", steps = {
    { name = "good", fn = function() return { text = "all is well", n = 7 } end },
    { name = "bad", fn = function() error("broken", 0) end, optional = true },
    { name = "then", fn = function() return 1 end, condition = condition },
  } }:execute())
end
print("step", after{ type = "step_succeeded", step = "good" }, after{ type = "step_succeeded", step = "bad" }, after{ type = "step_failed", step = "bad" }, after{ type = "step_failed", step = "good" })
print("output", after{ type = "step_output_contains", step = "good", text = "well" }, after{ type = "step_output_contains", step = "good", text = "ill" })
print("result", after{ type = "step_result_equals", step = "good", path = "n", value = 7 }, after{ type = "step_result_equals", step = "good", path = "n", value = 8 })
print("text", after("steps.good.n > 6 and steps.good.text != ''"), after("steps.good.n > 7"))
-- The first branch whose condition holds, or all of them, or the default.
local function taken(fields, input)
  fields.branches = {
    { name = "small", condition = "input.n < 10", steps = { says("s1"), says("s2") } },
    { name = "even", condition = function(ctx) return ctx.input.n % 2 == 0 end, steps = { says("e1") } },
  }
  fields.default = { says("d1") }
  return done(Workflow.conditional(fields):execute(input))
end
print("first", taken({}, { n = 4 }), taken({}, { n = 14 }), taken({}, { n = 15 }))
print("all", taken({ match = "all" }, { n = 4 }), taken({ match = "all" }, { n = 14 }), taken({ match = "all" }, { n = 15 }))
local r = Workflow.conditional{ branches = { { name = "none", condition = "never", steps = { says("x") } } } }:execute()
print("none", r.success, #r.steps, r.output)
