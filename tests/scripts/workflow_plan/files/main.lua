local wf = Workflow.from_file("flow.toml")
print(wf.name, wf.type)
local r = wf:execute{ n = 4 }
print(r.success, r.outputs.ask.text, r.outputs.inner.output)
for _, path in ipairs{ "broken.toml", "unknown.toml", "circle.toml", "gone.toml", "later.toml" } do
  local ok, e = pcall(Workflow.from_file, path)
  print(ok, e.code, e.details.line, e.details.line and e.message)
end
