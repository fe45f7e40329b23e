local function shown(what, r)
  local rows = {}
  for i, s in ipairs(r.steps) do rows[i] = s.name .. "=" .. s.status end
  print(what, r.success, r.error, r.error_code, table.concat(rows, " "), r.text == r.error)
end
local function ok() return 1 end
local function both(what, step, more)
  local fields = { name = "wf", steps = { step, { name = "next", fn = ok } } }
  for k, v in pairs(more or {}) do fields[k] = v end
  shown(what, Workflow.sequential(fields):execute())
end
-- A function that raises: a text, a table, a mistake of its own.
both("text", { name = "f", fn = function() error("out of luck", 0) end })
both("table", { name = "f", fn = function() error({ code = "my_code", message = "my message", hint = "my hint" }, 0) end })
local r = Workflow.sequential{ steps = { { name = "f", fn = function() local x; return x.y end } } }:execute()
print("bug", r.success, r.error_code, r.error ~= nil)
both("returns a function", { name = "f", fn = function() return ok end })
-- A tool that raises, that is not allowed what it asks for, that is given the wrong parameters.
both("tool", { name = "t", tool = "calculator", input = { input = "1 / 0" } })
both("params", { name = "t", tool = "calculator", input = { inptu = "1" } })
both("own tool", { name = "t", tool = { name = "mine", execute = function() error({ code = "tool_code", message = "tool broke" }, 0) end } })
-- An agent whose model fails.
both("agent", { name = "ag", input = "hi", agent = Agent.create{ name = "sick", retries = 0, model = { scripted = { { error = 401 } } } } })
-- A condition that raises, in each place.
local function raises() error({ code = "cond", message = "no idea" }, 0) end
both("step condition", { name = "c", fn = ok, condition = raises })
shown("branch", Workflow.conditional{ branches = { { name = "b", condition = raises, steps = { { name = "x", fn = ok } } } }, default = { { name = "d", fn = ok } } }:execute())
shown("while", Workflow.loop{ ["while"] = raises, steps = { { name = "x", fn = ok } } }:execute())
shown("break", Workflow.loop{ collection = { 1, 2 }, break_condition = raises, steps = { { name = "x", fn = ok } } }:execute())
shown("edge", Workflow.dag{ steps = { { name = "x", fn = ok }, { name = "y", fn = ok } }, edges = { { from = "x", to = "y", condition = raises } } }:execute())
shown("expression", Workflow.conditional{ condition = "input.n > 3", then_steps = { { name = "x", fn = ok } } }:execute{ n = "text" })
shown("missing", Workflow.conditional{ condition = "input.n > 3", then_steps = { { name = "x", fn = ok } } }:execute{ m = 1 })
-- What a loop goes through is no list.
shown("collection", Workflow.loop{ collection = "{{input.x}}", steps = { { name = "x", fn = ok } } }:execute{ x = 5 })
-- An input that is not as it must be.
local schema = { type = "object", required = { "title" }, properties = { title = { type = "string" } } }
local strict = Workflow.sequential{ name = "strict", input_schema = schema, steps = { { name = "x", fn = ok } } }
local _, e = pcall(strict.execute, strict, { titel = "x" })
print("input_schema", e.code, e.message, e.details.path)
shown("twin", strict:execute{ title = "x" })
