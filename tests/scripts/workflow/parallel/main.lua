local function rows(r)
  local found = {}
  for i, s in ipairs(r.steps) do found[i] = s.name .. "=" .. s.status end
  table.sort(found)
  return table.concat(found, " ")
end
-- They are done at once: each waits for what the other says.
local ping, pong = Async.channel(1), Async.channel(1)
local r = Workflow.parallel{ name = "talk", steps = {
  { name = "a", fn = function() ping:send("ping"); return pong:receive() end },
  { name = "b", fn = function() local heard = ping:receive(); pong:send(heard .. " pong"); return heard end },
} }:execute()
print(r.success, r.outputs.a, r.outputs.b, rows(r))
-- No more at a time than is said.
local now, most, done = 0, 0, {}
local steps = {}
for i = 1, 9 do
  steps[i] = { name = "s" .. i, fn = function()
    now = now + 1
    most = math.max(most, now)
    Async.sleep(0.002)
    now = now - 1
    return i
  end }
end
r = Workflow.parallel{ max_concurrency = 3, steps = steps }:execute()
print(r.success, most, #r.steps, r.outputs.s1, r.outputs.s9, r.metadata.successful_steps)
-- A failing step stops the others under fail_fast, and they are really stopped.
local went_on = false
local function slow(ctx) Async.sleep(30); went_on = true end
local function fails() Async.sleep(0.001); error({ code = "mine", message = "no luck" }, 0) end
r = Workflow.parallel{ fail_fast = true, steps = { { name = "slow", fn = slow }, { name = "bad", fn = fails } } }:execute()
print(r.success, r.error, r.error_code, rows(r), went_on)
r = Workflow.parallel{ error_strategy = "fail_fast", steps = { { name = "slow", fn = slow }, { name = "bad", fn = fails } } }:execute()
print(r.success, rows(r))
-- Otherwise they go on.
r = Workflow.parallel{ fail_fast = false, steps = { { name = "bad", fn = fails }, { name = "good", fn = function() Async.sleep(0.005); return "good" end } } }:execute()
print(r.success, r.error, r.error_code, rows(r), r.outputs.good)
-- What is optional may fail.
r = Workflow.parallel{ steps = { { name = "bad", fn = fails, optional = true }, { name = "good", fn = function() return "good" end } } }:execute()
print(r.success, r.error, rows(r), r.outputs.good)
-- Branches are steps of steps.
r = Workflow.parallel{ name = "branched", branches = {
  { name = "left", steps = { { name = "l1", fn = function() return 1 end }, { name = "l2", fn = function(ctx) return ctx.previous + 1 end } } },
  { name = "right", steps = { { name = "r1", fn = function() return 10 end } } },
} }:execute()
print(r.success, r.outputs.l1, r.outputs.l2, r.outputs.r1, rows(r))
-- A script that waits no longer stops all of them.
local began, ended = Async.channel(2), Async.channel(2)
local function waits() began:send(true); local ok = pcall(Async.sleep, 30); ended:send(ok) end
local wf = Workflow.parallel{ steps = { { name = "x", fn = waits }, { name = "y", fn = waits } } }
local task = Async.spawn(function() wf:execute() end)
print(began:receive(), began:receive())
task:cancel()
print(pcall(task.await, task) == false, ended:receive(), ended:receive())
