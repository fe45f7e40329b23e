local function leaf(name) return { name = name, fn = function(ctx) return (ctx.input or "") .. name end } end
-- Workflows in workflows, each with an input of its own; what is inside sees nothing of what is around it.
local inner = Workflow.parallel{ name = "inner", steps = { leaf("x"), leaf("y") } }
local outer = Workflow.sequential{ name = "outer", shared_data = { secret = "s" }, steps = {
  { name = "first", workflow = inner, input = "1" },
  { name = "second", workflow = inner, input = "{{steps.first.outputs.x}}" },
  { name = "own", workflow = { steps = { { name = "peek", fn = function(ctx) ctx:set("mine", 1); return ctx:get("secret") or "nothing" end } } } },
  { name = "mine", fn = function(ctx) return ctx:get("mine") or "nothing" end },
} }
local r = outer:execute()
print(r.success, r.error, r.outputs.first.outputs.x, r.outputs.second.outputs.y, r.outputs.own.output, r.outputs.mine)
print(r.outputs.first.metadata.workflow_name, r.steps[1].kind)
-- One that fails fails its step, and says which.
local bad = Workflow.sequential{ name = "bad", steps = { { name = "deep", fn = function() error({ code = "mine", message = "deep trouble" }, 0) end } } }
r = Workflow.sequential{ name = "around", steps = { { name = "sub", workflow = bad } } }:execute()
print(r.success, r.error, r.error_code, r.steps[1].error)
r = Workflow.sequential{ steps = { { name = "sub", workflow = bad, on_error = "continue" }, leaf("after") } }:execute()
print(r.success, r.outputs.after)
-- A registered one that names itself, or another that names it, does not go on for ever.
Workflow.register(Workflow.sequential{ name = "later", steps = { leaf("z") } })
local ok, itself = pcall(Workflow.sequential, { name = "itself", steps = { { name = "again", workflow = "later" } } })
Workflow.register("later", itself)
local ran, endless = pcall(itself.execute, itself)
print(ok, ran, endless.code, endless.message, endless.hint)
-- 20 deep is well, 1,000 deep is refused.
local function nested(n)
  local wf = Workflow.sequential{ name = "level0", steps = { leaf("end") } }
  for i = 1, n do wf = Workflow.sequential{ name = "level" .. i, steps = { { name = "down", workflow = wf } } } end
  return wf
end
r = nested(20):execute("the ")
local deep = r
for _ = 1, 20 do deep = deep.outputs.down end
print(r.success, deep and deep.outputs["end"], r.text)
local built, e = pcall(nested, 1000)
print(built, e.code, e.message, e.hint)
local function table_of(n)
  local t = { steps = { leaf("end") } }
  for _ = 1, n do t = { steps = { { name = "down", workflow = t } } } end
  return t
end
print(Workflow.from_table(table_of(8)).type)
built, e = pcall(Workflow.from_table, table_of(1000))
print(built, e.code)
