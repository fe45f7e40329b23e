print("begins")
Workflow.sequential{ name = "endless", error_strategy = "continue", steps = {
  { name = "turns", fn = function() while true do end end },
  { name = "next", fn = function() print("never") end },
} }:execute()
print("never")
