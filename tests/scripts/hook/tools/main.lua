-- Every effect that a hook can have at the points of tools.
local SUM = { input = "6 * 7" }
local function sum() return Tool.execute("calculator", SUM) end
local function with(point, fn, work, options)
  local hook = Hook.register(point, fn, "normal", options)
  local ok, r = pcall(work)
  hook:unregister()
  if ok then print(point, r.text, r.success) else print(point, r.code, r.message) end
end
with("BeforeToolExecution", function(c)
  print(c.point, c.kind, c.tool, c.name, c.component_id.component_type, c.input.input, c.attempt)
end, sum)
with("BeforeToolExecution", function() return { type = "modified", data = { input = "1 + 1" } } end, sum)
with("BeforeToolExecution", function(c) c.input.input = "2 + 2" return c end, sum)
with("BeforeToolExecution", function() return { type = "cancel", reason = "not today" } end, sum)
with("BeforeToolExecution", function() return { type = "replace", data = { text = "mine", result = 1 } } end, sum)
with("BeforeToolExecution", function() return { type = "skipped", reason = "asleep" } end, sum)
with("BeforeToolExecution", function() return { type = "redirect", target = "hash-calculator" } end, function()
  return Tool.execute("calculator", { operation = "hash", input = "a" })
end)
with("ToolValidation", function(c) c.input.input = c.input.input .. " + 1" return c end, sum)
with("ToolValidation", function() return "cancel" end, sum)
with("AfterToolExecution", function(c) c.output.text = c.output.text .. "!" return c end, sum)
with("AfterToolExecution", function() return { type = "replace", data = { text = "other" } } end, sum)
local function divide() return Tool.execute("calculator", { input = "1 / 0" }) end
with("ToolError", function(c) print(c.error.code, c.attempt) return { type = "retry", max_attempts = 3, delay_ms = 1 } end, divide)
with("ToolError", function() return { type = "replace", data = 0 } end, divide)
local n = 0
Tool.create{ name = "counter", description = "Counts.", execute = function() n = n + 1 return n end }
with("BeforeToolExecution", function() return { type = "cache", ttl_s = 60 } end, function()
  Tool.execute("counter")
  return Tool.execute("counter")
end)
print(n)
local found = Hook.register("AfterToolDiscovery", function(c) return { type = "modified", data = { c.output[1] } } end)
local wanted = Hook.register("BeforeToolDiscovery", function(c) return { type = "modified", data = { tag = "json" } } end)
print(#Tool.list(), Tool.list()[1].name, #Tool.search("hash"))
found:unregister() wanted:unregister()
-- What a hook does is done where it is called, and does not call the hook again.
with("BeforeToolExecution", function(c) print("inside:", Tool.execute("calculator", { input = c.input.input .. " * 10" }).text) end, sum)
