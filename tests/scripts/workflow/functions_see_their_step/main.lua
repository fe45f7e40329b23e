local function keys(t)
  local found = {}
  for k in pairs(t or {}) do found[#found + 1] = tostring(k) end
  table.sort(found)
  return table.concat(found, ",")
end
local wf = Workflow.sequential{ name = "seen", shared_data = { n = 1 }, steps = {
  { name = "a", fn = function(ctx)
    print(ctx.step, ctx.workflow, JSON.stringify(ctx.input), JSON.stringify(ctx.workflow_input), ctx.previous, keys(ctx.outputs), ctx.loop, ctx.attempt)
    return { text = "from a", list = { 1, 2 } }
  end },
  { name = "b", input = { n = 5, from = "{{steps.a.list}}" }, fn = function(ctx)
    print(ctx.step, ctx.input.n, ctx.input.from[2], ctx.workflow_input.title, ctx.previous.text, ctx:output("a").text, ctx.outputs.a.list[1], keys(ctx.outputs))
    -- Shared data: a picture of how it is, and what changes it.
    print(ctx.shared.n, ctx:get("n"), ctx:get("none"), ctx:get("none", "else"), ctx:output("later"), ctx:output("nothing"))
    ctx:set("n", 2)
    ctx:set("list", { 1, { k = "v" } })
    print(ctx.shared.n, ctx:get("n"), JSON.stringify(ctx:get("list")), ctx:get_shared_data("n"))
    ctx:set("n", nil)
    ctx:setSharedData("m", 3)
    print(ctx:get("n"), ctx:getSharedData("m"))
    local ok, e = pcall(ctx.set, ctx, "f", print)
    print(ok, e.code, e.message)
    return "b"
  end },
  { name = "c", fn = function(ctx) print(keys(ctx.shared), keys(ctx.outputs), ctx.previous); return ctx.shared.m end },
} }
local r = wf:execute{ title = "T" }
print(r.success, r.error, r.output)
-- Conditions, loops, and compensations get the same.
r = Workflow.loop{ name = "turns", collection = { "x", "y" }, break_condition = function(ctx) print("break", ctx.loop.index, ctx:output("t"), ctx.workflow); return false end, steps = {
  { name = "t", condition = function(ctx) print("if", ctx.step, ctx.loop.item); return true end, fn = function(ctx) return ctx.loop.index .. ctx.loop.item .. ctx.loop.number end },
} }:execute()
print(JSON.stringify(r.outputs.t))
r = Workflow.sequential{ name = "undone", steps = {
  { name = "one", fn = function() return 1 end, compensate = function(ctx) print("undo", ctx.step, ctx:output("one"), JSON.stringify(ctx.input)) end },
  { name = "two", fn = function() error("no", 0) end },
} }:execute{ k = 1 }
print(r.success)
-- A function may do all that a script may.
Tool.create{ name = "twice", description = "Twice", parameters = { s = "string" }, execute = function(p) return p.s .. p.s end }
r = Workflow.parallel{ steps = {
  { name = "tool", fn = function(ctx) return Tool.execute("twice", { s = ctx.input }).result end },
  { name = "agent", fn = function(ctx) return Agent.create{ model = "echo" }:execute(ctx.input).text end },
  { name = "workflow", fn = function(ctx) return Workflow.sequential{ steps = { { name = "in", fn = function(c) return c.input .. "!" end } } }:execute(ctx.input).output end },
  { name = "tasks", fn = function(ctx) return #Async.all{ function() return 1 end, function() Async.sleep(0.001); return 2 end } end },
} }:execute("hey")
print(r.success, r.error, r.outputs.tool, r.outputs.agent, r.outputs.workflow, r.outputs.tasks)
-- In a large workflow a function still sees what it depends on and the one before, and can ask for all.
local steps = {}
for i = 1, 100 do steps[i] = { name = "s" .. i, fn = function() return i end } end
steps[101] = { name = "last", depends_on = { "s7" }, fn = function(ctx)
  local n = 0
  for _ in pairs(ctx.outputs) do n = n + 1 end
  return { n, ctx.outputs.s7, ctx.outputs.s100, ctx.previous, ctx:output("s1"), ctx:output("s50") }
end }
print(JSON.stringify(Workflow.dag{ max_concurrency = 1, steps = steps }:execute().outputs.last))
