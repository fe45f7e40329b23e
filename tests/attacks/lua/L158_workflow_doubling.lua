-- id: L158_workflow_doubling
-- tries: values that double with each step, which are small where they are shared and huge where they are copied
-- class: memory
-- expect: killed
-- limit: 5
local function doubling(n, value)
  local steps = { { name = "s0", fn = function() return "x" end } }
  for i = 1, n do
    steps[i + 1] = { name = "s" .. i, input = value, workflow = { steps = { { name = "in", template = "{{workflow.name}}" } }, output = "{{input}}" } }
  end
  return Workflow.sequential{ name = "doubling", steps = steps }
end
for _, value in ipairs{ { a = "{{previous}}", b = "{{previous}}" }, { "{{previous.output}}", "{{previous.output}}" } } do
  for _, n in ipairs{ 3, 25, 60, 1000 } do
    local ok, r = pcall(function() return doubling(n, value):execute() end)
    print(n, ok, ok and r.success)
  end
end
local text = { { name = "s0", template = "{{workflow.name}}xxxxxxxxxxxxxxxx" } }
for i = 1, 60 do text[i + 1] = { name = "s" .. i, template = "{{previous}}{{previous}}" } end
local ok, r = pcall(function() return Workflow.sequential{ steps = text }:execute() end)
print(ok, ok and r.success)
local wf = Workflow.sequential{ name = "w", steps = { { name = "a", template = "{{workflow.name}}" } }, output = { "{{input}}", "{{input}}" } }
for _ = 1, 31 do
  local built, outer = pcall(Workflow.sequential, { name = "w", steps = { { name = "a", workflow = wf } }, output = { "{{steps.a.output}}", "{{steps.a.output}}", "{{steps.a.output}}" } })
  if built then wf = outer end
end
ok, r = pcall(wf.execute, wf, "x")
print(ok, ok and r.success)
while true do pcall(function() Workflow.loop{ ["while"] = "always", max_iterations = 1000000, steps = { { name = "a", template = "{{workflow.name}}" } } }:execute() end) end
