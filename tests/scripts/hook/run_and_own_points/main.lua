-- The points of the run itself, and those of one's own.
print(Hook.define("OrderPlaced"), Hook.define("OrderPlaced"))
Hook.register("OrderPlaced", function(c)
  print(c.point, c.kind, c.input.n, c.metadata.by)
  if c.input.n == 0 then return { type = "cancel", reason = "nothing ordered" } end
  if c.input.n == 9 then return { type = "replace", data = "sold out" } end
  c.input.n = c.input.n + 1
  return c
end)
print(Hook.fire("OrderPlaced", { n = 1 }, { by = "ada" }).n, Hook.fire("OrderPlaced", { n = 9 }))
for _, it in ipairs{ "OrderPlaced", "ToolError", "OrderPlacd" } do
  local ok, e = pcall(Hook.fire, it, { n = 0 })
  print(ok, e.code, e.message)
end
local ok, e = pcall(Hook.define, "ToolError")
print(e.message)
print(pcall(Hook.fire, "OrderPlaced", print))
Hook.register("ConfigurationChange", function(c) print(c.point, c.system, c.input.dropped) end)
Hook.register("SecurityViolation", function(c) print(c.point, c.name, c.input.method, c.error.code) return "cancel" end)
Hook.register("ResourceLimitExceeded", function(c) print(c.point, c.name, c.error.details.scope) end)
Config.drop("tool:calculator")
print(select(2, pcall(Tool.execute, "calculator", { input = "1" })).code)
local poor = Agent.create{ name = "poor", model = { scripted = { { text = "x", cost_usd = 1 } } }, budget = 0.01 }
print(select(2, pcall(poor.execute, poor, "Hi")).code)
Hook.register("SystemShutdown", function(c) print(c.point, Tool.execute("hash-calculator", { operation = "hash", input = "a" }).success) end)
Hook.register("SystemStartup", function() print("never: the run has started long ago") end)
error("the script ends so, and hooks are still called")
