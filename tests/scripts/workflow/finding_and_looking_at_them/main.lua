local function fn() return 1 end
local function names(rows) local n = {} for i, r in ipairs(rows) do n[i] = r.name .. ":" .. r.type .. ":" .. r.n_steps end return table.concat(n, " ") end
print(table.concat(Workflow.types(), " "))
for _, t in ipairs(Workflow.discover_types()) do print(t.type, t.name, t.description ~= "", #t.fields > 0) end
-- They are found by name when they are registered.
local a = Workflow.sequential{ name = "alpha", description = "First", steps = { { name = "x", fn = fn }, { name = "y", fn = fn } } }
print(#Workflow.list(), Workflow.get("alpha"), Workflow.exists("alpha"))
print(Workflow.register(a).name, Workflow.register("beta-two", a).name, Workflow.register{ name = "gamma", type = "parallel", steps = { { name = "x", fn = fn } } }.type)
print(names(Workflow.list()))
print(Workflow.get("alpha").id == a.id, Workflow.get("beta_two").id == a.id, Workflow["gamma"].name, Workflow.exists("ALPHA"))
local row = Workflow.list()[1]
print(row.name, row.type, row.description, row.id == a.id, row.n_steps)
print(Workflow.execute("alpha").success, Workflow.execute("beta-two").output, Workflow.execute({ steps = { { name = "t", fn = function(ctx) return ctx.input end } } }, 5).output)
Workflow.register(Workflow.sequential{ name = "alpha", steps = { { name = "z", fn = fn } } })
print(names(Workflow.list()), Workflow.get("alpha").id == a.id)
print(Workflow.remove("alpha"), Workflow.remove("alpha"), Workflow.exists("alpha"), names(Workflow.list()))
Workflow.clear()
print(#Workflow.list())
-- What they say of themselves.
local wf = Workflow.from_table{ name = "whole", description = "All of it", type = "sequential", timeout_ms = 500, retry = 2, shared_data = { a = 1 }, output = "{{steps.sum}}", steps = {
  { name = "sum", tool = "calculator", input = { input = "{{input.x}} + 1" }, retry = { attempts = 3, backoff_ms = 5 }, timeout_ms = 100 },
  { name = "f", fn = fn, condition = "input.x > 1", on_error = "continue", compensate = fn },
  { name = "say", agent = Agent.create{ name = "sayer", model = "echo" }, input = "{{steps.f}}" },
  { name = "inner", workflow = { type = "parallel", steps = { { name = "p", template = "{{input}}" } } }, input = "x" },
} }
local info = wf:get_info()
print(info.name, info.type, info.description, info.id == wf.id, #info.steps)
for _, s in ipairs(info.steps) do print(s.name, s.type, s.label) end
print(#wf:validate())
local t = wf:to_table()
print(t.name, t.type, t.timeout_ms, t.output, JSON.stringify(t.shared_data), JSON.stringify(t.steps[1]))
print(JSON.stringify(t.steps[2]))
print(t.steps[3].agent, t.steps[4].workflow.steps[1].template)
-- A table without functions can be kept as JSON, and makes the same again.
local first = Workflow.from_table{ name = "kept", type = "dag", steps = { { name = "b", template = "{{steps.a}}!", depends_on = { "a" } }, { name = "a", template = "{{input}}" } } }
local again = Workflow.from_table(JSON.parse(JSON.stringify(first:to_table())))
print(again.name, again.type, again:execute("hi").outputs.b, JSON.stringify(again:to_table()) == JSON.stringify(first:to_table()))
-- What has gone since it was made is said by validate.
Workflow.register(Workflow.sequential{ name = "gone", steps = { { name = "x", fn = fn } } })
local uses = Workflow.sequential{ steps = { { name = "u", workflow = "gone" } } }
print(#uses:validate(), uses:execute().success)
Workflow.remove("gone")
for _, m in ipairs(uses:validate()) do print(m.path, m.message, m.hint) end
local r = uses:execute()
print(r.success, r.error_code, r.error)
-- Pictures.
print(first:to_mermaid())
print(first:to_dot():match("digraph"), wf:toMermaid():match("^flowchart"), #wf:toDot() > 100)
