-- A step that is denied fails like any other, and what would allow it is said at the end.
local r = Workflow.parallel{ fail_fast = false, steps = {
  { name = "file", tool = "file-operations", input = { operation = "read", path = "/etc/hostname" } },
  { name = "tool", tool = "calculator", input = { input = "1" } },
  { name = "fine", tool = "text-manipulator", input = { operation = "uppercase", input = "fine" } },
} }:execute()
for _, s in ipairs(r.steps) do print(s.name, s.status, s.error_code, s.error) end
print(r.success, r.outputs.fine.text)
