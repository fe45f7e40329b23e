-- What a hook does wrong is said on stderr, and the run goes on, unless the hook is fatal.
local function sum() return Tool.execute("calculator", { input = "6 * 7" }).text end
local function try(point, fn, options)
  local hook = Hook.register(point, fn, "normal", options)
  local ok, r = pcall(sum)
  if ok then print(r) else print(r.code, r.details.point) end
  hook:unregister()
end
try("BeforeToolExecution", function() error("my mistake") end, { name = "failing" })
try("BeforeToolExecution", function() return { type = "cancl" } end, { name = "misspelt" })
try("BeforeToolExecution", function() return 5 end, { name = "odd" })
try("AfterToolExecution", function() return print end, { name = "function" })
try("BeforeToolExecution", function() return { type = "retry" } end, { name = "unfit" })
try("BeforeToolExecution", function() Async.sleep(600) end, { name = "slow", timeout_ms = 20 })
try("BeforeToolExecution", function() error("no") end, { name = "guard", fatal = true })
try("AfterToolExecution", function() Async.sleep(600) end, { name = "slow guard", fatal = true, timeout_ms = 20 })
local sleepy = Hook.register("BeforeToolExecution", function() Async.sleep(600) end, "normal", { name = "sleepy", timeout_ms = 20 })
for _ = 1, 4 do print(sum()) end
print(sleepy:get_info().calls, sleepy:get_info().failures, sleepy:unregister())
