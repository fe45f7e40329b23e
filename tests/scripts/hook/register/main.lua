-- A handle, priorities, lists, and every mistake.
local order = {}
local function note(name) return function() order[#order + 1] = name end end
local first = Hook.register("BeforeToolExecution", note("normal"))
local rest = {}
for _, it in ipairs{ "lowest", "low", "high", "highest" } do
  rest[#rest + 1] = Hook.register("BeforeToolExecution", note(it), it, { name = it })
end
rest[#rest + 1] = Hook.register("BeforeToolExecution", note("five"), 5)
rest[#rest + 1] = Hook.register("BeforeTool*", note("pattern"))
Tool.execute("calculator", { input = "1" })
print(table.concat(order, " "))
print(first:id(), first:hook_point(), first:get_info().calls, rest[1]:get_info().priority, rest[5]:get_info().priority)
for _, it in ipairs(Hook.list("BeforeToolExecution")) do io.write(it.id, " ", it.hook_point, " ", it.origin, "; ") end
print(#Hook.list(), #Hook.list{ name = "high" }, #Hook.list("AfterToolExecution"))
print(first:unregister(), first:unregister(), Hook.unregister(rest[1]), Hook.unregister(rest[1]))
order = {}
Tool.execute("calculator", { input = "1" })
print(table.concat(order, " "))
local points = {}
for _, it in ipairs(Hook.points()) do points[it.name] = it end
print(points.ToolError.family, points.ToolError.when, table.concat(points.ToolError.actions, " "))
print(#points.SystemShutdown.actions)
local function try(...)
  local ok, e = pcall(...)
  print(ok, e.code, e.message, e.hint)
end
try(Hook.register, "BeforeToolExecutoin", print)
try(Hook.register, "Never*", print)
try(Hook.register, "ToolError", print, "urgent")
try(Hook.register, "ToolError", print, 1001)
try(Hook.register, "ToolError", print, "normal", { fatl = true })
try(Hook.register, "ToolError", print, "normal", { timeout_s = 0 })
try(Hook.register, "ToolError", print, "normal", { fatal = "yes" })
try(Hook.register, "ToolError", "print")
try(Hook.unregister, "hook-1")
try(Hook.list, { pint = "x" })
try(Hook.list, 5)
-- At a step of a workflow: its name, and the workflow's.
Hook.register("BeforeWorkflowStage", function(c) print(c.name, c.workflow, c.step) end)
Hook.register("AfterWorkflowComplete", function(c) print(c.name, c.workflow, c.step) end)
Workflow.sequential{ name = "whole", steps = { { name = "part", fn = function() return 1 end } } }:execute()
