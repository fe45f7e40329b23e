local function step(name, more)
  local it = { name = name, tool = "calculator", input = { input = "1" } }
  for key, value in pairs(more or {}) do it[key] = value end
  return it
end
local wf = Workflow.dag{ name = 'a "graph"', steps = {
  step("end"), step("x]"), step("both", { depends_on = { "end", "x]" } }),
  { name = "fn", fn = function() return 1 end, depends_on = { "both" } },
} }
io.write(wf:show(), wf:to_mermaid(), wf:to_dot())
print(pcall(wf.to_toml, wf))
local plain = Workflow.sequential{ name = "plain", steps = { step("a") } }
io.write(plain:to_toml())
