-- id: L157_workflow_kept
-- tries: workflows, builders, shared data and outputs by the megabyte, kept in the host
-- class: memory
-- expect: killed
-- limit: 5
local big = string.rep("x", 1000000)
local function fn() return big end
local kept = {}
for i = 1, 100000 do
  local ok, wf = pcall(Workflow.sequential, { name = "w" .. i, description = big, shared_data = { k = big }, steps = { { name = "a", fn = fn, input = big } } })
  if ok then
    kept[#kept + 1] = wf
    pcall(Workflow.register, wf)
    pcall(wf.set_shared_data, wf, "k" .. i, big)
    pcall(wf.execute, wf, big)
    pcall(wf.on_after_execute, wf, fn)
  end
  local b = Workflow.builder("b" .. i):loop():with_range(1, 1000000):aggregation("all")
  for _ = 1, 20 do pcall(b.add_step, b, { name = "s", fn = fn, input = big }) end
  kept[#kept + 1] = b
  pcall(function() Workflow.loop{ range = { start = 1, ["end"] = 1000000 }, max_iterations = 1000000, steps = { { name = "a", fn = fn } } }:execute() end)
  pcall(function() Workflow.map{ collection = { big, big, big }, steps = { { name = "a", template = "{{loop.item}}{{loop.item}}{{loop.item}}" } }, output = { "{{steps.a}}", "{{steps.a}}" } }:execute() end)
end
print("done")
