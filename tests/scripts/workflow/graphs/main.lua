local order
local function node(name, more)
  local s = { name = name, fn = function(ctx) order[#order + 1] = name; return name end }
  for k, v in pairs(more or {}) do s[k] = v end
  return s
end
local function shown(what, fields, input)
  order = {}
  fields.max_concurrency = fields.max_concurrency or 1
  local r = Workflow.dag(fields):execute(input)
  local rows = {}
  for _, s in ipairs(r.steps) do rows[#rows + 1] = s.name .. "=" .. s.status end
  table.sort(rows)
  print(what, r.success, table.concat(order, ","), table.concat(rows, " "), r.error)
  return r
end
-- A diamond, however it is written.
shown("depends", { steps = { node("d", { depends_on = { "b", "c" } }), node("b", { depends_on = { "a" } }), node("c", { depends_on = "a" }), node("a") } })
shown("edges", { steps = { node("a"), node("b"), node("c"), node("d") }, edges = { { from = "a", to = "b" }, { from = "a", to = "c" }, { from = "b", to = "d" }, { from = "c", to = "d" } } })
-- Data flows along.
local r = shown("data", { steps = { node("x", { fn = function(ctx) return ctx.input.n end }), node("y", { fn = function(ctx) return ctx:output("x") * 2 end, depends_on = { "x" } }), { name = "z", template = "{{x}} and {{steps.y}}", depends_on = { "x", "y" } } } }, { n = 21 })
print(r.outputs.z, r.outputs.y)
-- An edge with a condition is taken when that holds; what no way leads to is skipped, and what follows it.
local function routed(n)
  shown("n=" .. n, { steps = { node("a"), node("big"), node("small"), node("after_small"), node("join", { depends_on = { "a" } }) }, edges = {
    { from = "a", to = "big", condition = "input.n >= 10" },
    { from = "a", to = "small", condition = function(ctx) return ctx.input.n < 10 end },
    { from = "small", to = "after_small" },
  } }, { n = n })
end
routed(5)
routed(50)
-- Of several that hold, `route = "best"` takes the heaviest.
shown("best", { steps = { node("a", { route = "best" }), node("b"), node("c"), node("d") }, edges = {
  { from = "a", to = "b", condition = "always", weight = 1 }, { from = "a", to = "c", condition = "always", weight = 5 }, { from = "a", to = "d", condition = "never", weight = 9 },
} })
-- Where not all can be done at once, the heaviest go first.
shown("heavy", { steps = { node("light"), node("heavy", { weight = 9 }), node("middle", { weight = 5 }) } })
-- A failing node.
local function fails() error({ code = "mine", message = "node broke" }, 0) end
shown("fails", { steps = { node("a"), node("b", { fn = fails, depends_on = { "a" } }), node("c", { depends_on = { "b" } }), node("d", { depends_on = { "c" } }) } })
shown("goes on", { error_strategy = "continue", steps = { node("b", { fn = fails }), node("c", { depends_on = { "b" } }), node("other") } })
shown("optional", { steps = { node("b", { fn = fails, optional = true }), node("c", { depends_on = { "b" } }) } })
-- A graph in a graph.
r = shown("inner", { steps = { node("a"), { name = "sub", depends_on = { "a" }, workflow = { type = "dag", steps = { node("s2", { depends_on = { "s1" } }), node("s1") } } }, node("end", { depends_on = { "sub" } }) } })
print(JSON.stringify(r.outputs.sub.outputs))
-- Nodes of one level are done at once.
local a, b = Async.channel(1), Async.channel(1)
r = Workflow.dag{ steps = { { name = "x", fn = function() a:send(1); return b:receive() end }, { name = "y", fn = function() b:send(2); return a:receive() end } } }:execute()
print(r.success, r.outputs.x, r.outputs.y)
