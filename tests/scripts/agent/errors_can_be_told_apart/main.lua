local function failing(turn) return { scripted = { turns = { turn }, ["repeat"] = "last" } } end
local looping = { scripted = { turns = { { tool = "calculator", arguments = { input = "1" } } }, ["repeat"] = "last" } }
local cases = {
  { "ModelNotFound", function() return Agent.create{ model = "opnai/x" } end },
  { "ToolNotFound", function() return Agent.create{ model = "echo", tools = { "calculater" } } end },
  { "AgentNotFound", function() return Agent.get_info("nobody") end },
  { "BadArgument", function() return Agent.create{ model = "echo", temperature = 9 } end },
  { "ProviderError", function() return Agent.create{ model = failing({ error = 401 }) }:execute("x") end },
  { "MalformedAnswer", function() return Agent.create{ model = failing({ error = { malformed = "choices" } }), retries = 0 }:execute("x") end },
  { "SchemaError", function() return Agent.create{ model = failing("x"), schema = { n = "integer" } }:execute("x") end },
  { "AgentStopped", function() return Agent.create{ model = looping, tools = { "calculator" } }:execute("x") end },
  { "TimedOut", function() return Agent.create{ model = failing({ text = "x", delay_ms = 20000 }), timeout_s = 0.01 }:execute("x") end },
  { "BudgetExceeded", function() return Agent.create{ model = failing("x"), budget = { tokens = 1 } }:execute("x") end },
  { "PermissionDenied", function() return Agent.create{ model = "echo" }:execute{ text = "x", images = { "/etc/hostname" } } end },
  { "KeyMissing", function() return Agent.create{ model = "groq/llama-3.1-8b-instant" }:execute("x") end },
  { "ConfigError", function() return Agent.create{} end },
  { "NotFound", function() return Agent.create_from_template("a", "none") end },
}
for _, it in ipairs(cases) do
  local ok, e = pcall(it[2])
  print(it[1], ok, e.code, e.hint ~= nil, e.details ~= nil, tostring(e):find(e.message, 1, true) ~= nil)
end
