local function fn(text) return function(ctx) return text .. (ctx.previous or "") end end
local function done(wf, input)
  local r = wf:execute(input)
  local rows = {}
  for i, s in ipairs(r.steps) do rows[i] = s.name .. "=" .. s.status end
  print(wf.name, wf.type, r.success, table.concat(rows, " "), JSON.stringify(r.output), r.error)
  return r
end
-- The kinds.
done(Workflow.builder():name("seq"):description("In order"):sequential():add_step{ name = "a", fn = fn("a") }:add_step("b", { fn = fn("b") }):add_step("c", fn("c")):build())
done(Workflow.builder("par"):parallel():max_concurrency(2):fail_fast(true):add_step{ name = "a", fn = fn("a") }:add_step{ name = "b", fn = fn("b") }:build())
done(Workflow.builder("pipe"):pipeline():add_step("a", function(ctx) return ctx.input + 1 end):add_step("b", function(ctx) return ctx.input * 2 end):build(), 4)
done(Workflow.builder("if"):conditional():condition("input.n > 1"):add_then_step{ name = "yes", fn = fn("y") }:add_else_step("no", { fn = fn("n") }):build(), { n = 1 })
done(Workflow.builder("branches"):conditional():match("all")
  :add_branch{ name = "one", condition = "always", steps = { { name = "x", fn = fn("x") } } }
  :add_branch("two", { condition = { type = "never" }, steps = { { name = "y", fn = fn("y") } } })
  :add_default_step{ name = "d", fn = fn("d") }:build())
done(Workflow.builder("default"):conditional():add_branch{ name = "one", condition = "never", steps = { { name = "x", fn = fn("x") } } }:add_default_step("d", { fn = fn("d") }):build())
local item = { name = "t", fn = function(ctx) return ctx.loop.item end }
done(Workflow.builder("loop1"):loop():with_range(1, 3):add_step(item):build())
done(Workflow.builder("loop2"):loop_workflow():with_range{ start = 2, ["end"] = 6, step = 2 }:add_step(item):aggregation("last"):build())
done(Workflow.builder("loop3"):loop():with_collection{ "a", "b", "c" }:break_condition("loop.item == 'b'"):add_step(item):build())
done(Workflow.builder("loop4"):loop():with_while("always"):max_iterations(2):add_step(item):build())
done(Workflow.builder("loop5"):loop():loop_condition(function(ctx) return (ctx.shared.n or 0) < 2 end):add_step{ name = "t", fn = function(ctx) ctx:set("n", (ctx:get("n") or 0) + 1) end }:aggregation("none"):build())
done(Workflow.builder("map"):map():with_collection("{{input.list}}"):max_concurrency(2):add_step(item):build(), { list = { 7, 8 } })
done(Workflow.builder("dag"):dag():add_step{ name = "b", fn = fn("b"), depends_on = { "a" } }:add_step{ name = "a", fn = fn("a") }
  :add_step{ name = "c", fn = fn("c") }:add_step{ name = "d", fn = fn("d") }:add_edge("b", "c"):add_edge{ from = "b", to = "d", condition = "never" }:add_edge("c", "d", { condition = "always", weight = 2 }):build())
-- Its other fields.
local failing = { name = "bad", fn = function() error("bad", 0) end }
done(Workflow.builder("goes_on"):sequential():error_strategy("continue"):add_step(failing):add_step("after", fn("after")):build())
done(Workflow.builder("again"):sequential():retry(2):add_step("flaky", function(ctx) if ctx.attempt < 2 then error("no", 0) end return ctx.attempt end):build())
done(Workflow.builder("timed"):sequential():timeout_ms(60000):add_step("quick", fn("q")):build())
done(Workflow.builder("shared"):sequential():shared_data{ a = 1 }:shared_data("b", 2):add_step("sum", function(ctx) return ctx.shared.a + ctx.shared.b end):build())
done(Workflow.builder("output"):sequential():output{ said = "{{steps.a}}" }:add_step("a", fn("a")):build())
done(Workflow.builder("text"):sequential():add_template_step{ name = "t", template = "Dear {{input.who}}" }:build(), { who = "Ada" })
done(Workflow.builder("text2"):sequential():add_template_step("t", "Dear {{input.who}}"):build(), { who = "Bob" })
done(Workflow.builder("any"):set("type", "sequential"):with_field("description", "x"):set("timeout_ms", 5):set("timeout_ms", nil):add_step("a", fn("a")):build())
-- A builder can go on after it has built; what it built does not change.
local b = Workflow.builder("on"):sequential():add_step("a", fn("a"))
local before = b:build()
local after = b:name("on2"):add_step("b", fn("b")):build()
done(before)
done(after)
-- Mistakes.
local function mistake(make)
  local ok, e = pcall(make)
  print(ok, e.code, e.message, e.hint, e.details and e.details.path)
end
mistake(function() return Workflow.builder():sequential():add_step(1, { fn = fn("x") }) end)
mistake(function() return Workflow.builder():sequential():add_step{ name = "x" }:build() end)
mistake(function() return Workflow.builder():sequential():set("max_conc", 3):add_step("a", fn("a")):build() end)
mistake(function() return Workflow.builder():sequential():build() end)
mistake(function() return Workflow.builder():dag():add_step("a", fn("a")):add_edge("a", "b"):build() end)
