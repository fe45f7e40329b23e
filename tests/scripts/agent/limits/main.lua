local function calling(...) return { scripted = { turns = { ... }, ["repeat"] = "last" } } end
local function sum(text) return { text = "so far " .. text, tool = "calculator", arguments = { input = text } } end
local function tried(fields)
  fields.tools = { "calculator" }
  local agent = Agent.create(fields)
  local ok, e = pcall(agent.execute, agent, "Go")
  if ok then return print(ok, e.text, #e.steps) end
  local d = e.details
  print(ok, e.code, e.message)
  print("", e.hint, d.reason, d.limit, d.tool, d.times, d.steps and #d.steps, d.text)
  return e
end
tried{ name = "steps", max_steps = 2, model = calling(sum("1"), sum("2"), "done") }
tried{ name = "enough", max_steps = 3, model = calling(sum("1"), sum("2"), "done") }
tried{ name = "calls", max_tool_calls = 1, model = calling({ calls = { { tool = "calculator", arguments = { input = "1" } }, { tool = "calculator", arguments = { input = "2" } } } }) }
tried{ name = "none", max_tool_calls = 0, model = calling(sum("1")) }
tried{ name = "same", max_identical_calls = 2, model = calling(sum("6*7")) }
tried{ name = "default", model = calling(sum("6*7")) }
local e = tried{ name = "money", max_steps = 1, model = calling({ tool = "calculator", arguments = { input = "1" }, cost_usd = 0.25, usage = { input_tokens = 3, output_tokens = 1 } }) }
print(e.details.cost_usd, e.details.usage.input_tokens, e.details.agent, Run.cost())
-- Time, of an execution, of a tool in it, and of the script's patience.
e = tried{ name = "slow", timeout_s = 0.05, model = calling({ text = "late", delay_ms = 20000 }) }
print(e.details.timeout_s == 0.05)
local sleepy = Tool.create{ name = "sleepy", description = "s", parameters = {}, execute = function() Async.sleep(20) end }
local waiting = Agent.create{ name = "waiting", timeout_ms = 60, model = calling({ tool = "sleepy", arguments = {} }), tools = { sleepy } }
local ok, problem = pcall(waiting.execute, waiting, "Go")
print(ok, problem.code, problem.message)
ok, problem = pcall(waiting.execute, waiting, "Go", { timeout_s = 0.04 })
print(ok, problem.message)
-- For one execution only.
local agent = Agent.create{ name = "once", tools = { "calculator" }, model = calling(sum("1"), sum("2"), "done") }
ok, problem = pcall(agent.execute, agent, "Go", { max_steps = 1 })
print(ok, problem.details.reason, agent:execute("Go").text)
