local wf = Workflow.sequential{ name = "watched", steps = {
  { name = "add", fn = function(ctx)
    ctx:set("n", (ctx:get("n") or 0) + ctx.input.by)
    if ctx.input.fail then error({ code = "mine", message = "told to" }, 0) end
    return ctx:get("n")
  end },
  { name = "after", fn = function(ctx) return "after " .. ctx:get("n") end },
} }
-- Functions are told before and after each execution, in the order in which they were added.
print(wf:on_before_execute(function(m) print("before", m.workflow, m.type, JSON.stringify(m.input), m.result) end).name)
wf:on_after_execute(function(m) print("after", m.workflow, m.success, m.output) end)
wf:onAfterExecute(function(m) print("after too", m.type, m.metadata.workflow_name) end)
wf:on_error(function(m) print("error", m.error, m.error_code, m.success) end)
print(wf:get_output("add"), JSON.stringify(wf:get_all_outputs()), wf:get_shared_data("n"))
print(wf:execute{ by = 2 }.output)
print(wf:get_output("add"), wf:get_output("after"), wf:get_output("none"), JSON.stringify(wf:get_all_outputs()), JSON.stringify(wf:get_shared_data()))
print(wf:execute{ by = 3, fail = true }.success)
-- Shared data that was set is what each execution begins with.
wf:set_shared_data("n", 100)
print(wf:get_shared_data("n"), wf:execute{ by = 1 }.output)
wf:setSharedData{ n = 200, other = "x" }
print(wf:getSharedData("other"), wf:execute{ by = 5 }.outputs.add, wf:getOutput("after"), wf:getAllOutputs().add)
wf:set_shared_data("other", nil)
print(wf:get_shared_data("other"))
local ok, e = pcall(wf.set_shared_data, wf, "f", print)
print(ok, e.code, e.message)
-- A watcher that fails changes nothing.
local calm = Workflow.sequential{ name = "calm", steps = { { name = "x", fn = function() return 1 end } } }
calm:on_before_execute(function() error("nervous", 0) end)
print(calm:execute().success)
-- Steps at the same time keep each other's keys, and read what is there now.
local many = { { name = "waits", fn = function(ctx)
  for _ = 1, 10000 do if ctx:get("k9") then return tostring(ctx.shared.k9) .. " " .. ctx:get("k9") end Tool.list() end
end } }
for i = 1, 9 do many[i + 1] = { name = "s" .. i, fn = function(ctx) ctx:set("k" .. i, i) end } end
wf = Workflow.parallel{ name = "many", steps = many }
print(wf:execute().outputs.waits, JSON.stringify(wf:get_shared_data()))
