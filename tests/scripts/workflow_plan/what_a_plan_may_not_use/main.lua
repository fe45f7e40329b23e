local function plan(step, fields)
  local text = JSON.stringify({ name = "p", type = "sequential", steps = { step } })
  local given = { goal = "g", tools = { "calculator" }, repairs = 0, model = { scripted = { { text = text } } } }
  for key, value in pairs(fields or {}) do given[key] = value end
  local ok, found = pcall(Workflow.plan, given)
  if ok then
    print("ok", found.workflow.name)
  else
    local problem = found.details and found.details.problems and found.details.problems[1]
    print(found.code, problem and problem.path, problem and problem.message)
  end
end
local sum = { name = "a", tool = "calculator", input = { input = "1" } }
plan(sum)
plan{ name = "a", tool = "file-operations", input = { operation = "read", path = "x" } }
plan{ name = "a", fn = "os.exit()" }
plan({ name = "a", workflow = { name = "in", steps = { { name = "b", tool = "hash-calculator" } } } })
Workflow.register(Workflow.sequential{ name = "mine", steps = { sum } })
plan{ name = "a", workflow = "mine" }
plan{ name = "a", tool = "calculator", fallback = { name = "f", tool = "hash-calculator" } }
plan(sum, { tools = {} })
plan(sum, { tools = { "calculater" } })
plan(sum, { agents = { "nobody" } })
plan(sum, { goal = "" })
plan(sum, { max_steps = 0 })
plan(sum, { model = "no-such/model" })
