local began, ended = Async.channel(10), Async.channel(10)
local function stuck(ctx)
  began:send(ctx.step)
  local ok, e = pcall(Async.sleep, 30)
  ended:send(ctx.step .. " " .. tostring(e.code))
  error(e, 0)
end
local function slow() Async.sleep(30) end
local function quick() return 1 end
local function shown(what, r)
  local rows = {}
  for i, s in ipairs(r.steps) do rows[i] = s.name .. "=" .. s.status .. "*" .. s.attempts .. " " .. tostring(s.error_code) end
  print(what, r.success, r.error, r.error_code, table.concat(rows, ", "))
end
-- A step has its time,
shown("step", Workflow.sequential{ steps = { { name = "slow", fn = slow, timeout_ms = 15 }, { name = "next", fn = quick } } }:execute())
shown("continue", Workflow.sequential{ error_strategy = "continue", steps = { { name = "slow", fn = slow, timeout_ms = 15 }, { name = "next", fn = quick } } }:execute())
-- each of its attempts has,
shown("attempts", Workflow.sequential{ steps = { { name = "slow", fn = slow, timeout_ms = 10, retry = { attempts = 2, on = { "timed_out" } } } } }:execute())
-- and the whole has.
shown("whole", Workflow.sequential{ name = "whole", timeout_ms = 20, steps = { { name = "quick", template = "{{workflow.name}}" }, { name = "slow", fn = slow }, { name = "never", fn = slow } } }:execute())
shown("at once", Workflow.parallel{ timeout_ms = 20, steps = { { name = "a", fn = slow }, { name = "b", fn = slow } } }:execute())
shown("builder", Workflow.builder():sequential():timeout_ms(15):add_step("slow", slow):build():execute())
-- So has a tool, an agent, a workflow.
local sleepy = Tool.create{ name = "sleepy", description = "Sleeps", parameters = {}, execute = function() Async.sleep(30) end }
local agent = Agent.create{ name = "slow", model = { scripted = { { text = "late", delay_ms = 20000 } } } }
shown("tool", Workflow.sequential{ steps = { { name = "tool", tool = sleepy, timeout_ms = 15 } } }:execute())
shown("agent", Workflow.sequential{ steps = { { name = "agent", agent = agent, input = "hi", timeout_ms = 15 } } }:execute())
shown("workflow", Workflow.sequential{ steps = { { name = "workflow", workflow = { type = "sequential", steps = { { name = "in", fn = slow } } }, timeout_ms = 15 } } }:execute())
-- What is quick enough is not troubled.
shown("twin", Workflow.sequential{ timeout_ms = 60000, steps = { { name = "quick", fn = quick, timeout_ms = 50000 } } }:execute())
-- The function is really stopped, by its step's time and by the script's own patience.
shown("stopped", Workflow.sequential{ steps = { { name = "late", fn = stuck, timeout_ms = 200 } } }:execute())
print(began:receive(), ended:receive())
local task = Async.spawn(function() Workflow.parallel{ steps = { { name = "mine", fn = stuck } } }:execute() end)
print(began:receive())
task:cancel()
print(ended:receive())
local ok, e = pcall(Async.timeout, 0.02, function() return Workflow.sequential{ steps = { { name = "mine", fn = slow } } }:execute() end)
print(ok, e.code)
