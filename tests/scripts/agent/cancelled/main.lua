local slow = Agent.create{ name = "slow", memory = "buffer", model = { scripted = { turns = { { when = "slow", text = "late", delay_ms = 20000 }, { when = "*", text = "at once" } } } } }
local ok, e = pcall(Async.timeout, 0.05, function() return slow:execute("slow") end)
print(ok, e.code)
local task = Async.spawn(function() return slow:execute("slow").text end)
Async.sleep(0.01)
task:cancel()
ok, e = pcall(task.await, task)
print(ok, e.code)
-- It goes on as if nothing had been, and remembers nothing of it.
print(slow:execute("fast").text, slow:get_state().messages, slow:is_healthy())
-- Tools that are under way are ended with it.
local steps, begun = {}, Async.channel(1)
local tool = Tool.create{ name = "wait", description = "w", parameters = {}, execute = function()
  steps[#steps + 1] = "begins"
  begun:send(true)
  Async.sleep(20)
  steps[#steps + 1] = "ends"
end }
local user = Agent.create{ name = "user", model = { scripted = { turns = { { tool = "wait", arguments = {} } }, ["repeat"] = "last" } }, tools = { tool } }
task = Async.spawn(function() return user:execute("x") end)
begun:receive()
task:cancel()
ok, e = pcall(task.await, task)
print(ok, e.code, table.concat(steps, " "))
local talk = slow:conversation()
ok, e = pcall(Async.timeout, 0.05, function() return talk:send("slow") end)
print(ok, e.code, #talk:history(), talk:send("fast").text)
local team = Agent.create_composite("team", { slow, slow }, "parallel")
ok, e = pcall(Async.timeout, 0.05, function() return team:execute("slow") end)
print(ok, e.code, team:execute("fast").data.slow)
