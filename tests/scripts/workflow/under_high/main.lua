-- Workflows need no grant; what is in them does. Nothing is kept outside.
local r = Workflow.sequential{ name = "pure", shared_data = { n = 1 }, steps = { { name = "f", fn = function(ctx) ctx:set("n", 2); return ctx:get("n") end }, { name = "t", template = "n is {{shared.n}}" } } }:execute()
print(r.success, r.error, r.output, rawget(_G, "State"))
r = Workflow.sequential{ steps = { { name = "tool", tool = "file-operations", input = { operation = "read", path = "x" } } } }:execute()
print(r.success, r.error_code)
