local function wrong(given)
  local ok, e = pcall(Agent.create, { model = "echo", guardrails = given })
  print(ok, e.code, e.message, e.hint or "")
end
wrong("strict_pii")
wrong(3)
wrong{ itterations = 3 }
wrong{ iterations = -1 }
wrong{ iterations = 1.5 }
wrong{ time = "soon" }
wrong{ action = "redact" }
wrong{ rules = { a = {} } }
wrong{ rules = { a = { find = { "emails" } } } }
wrong{ rules = { a = { find = { "email" }, on = { "to_models" } } } }
wrong{ rules = { a = { find = { "email" }, action = "stop" } } }
wrong{ rules = { a = { patterns = { "(" } } } }
wrong{ rules = { a = { pattern = { "x" } } } }
