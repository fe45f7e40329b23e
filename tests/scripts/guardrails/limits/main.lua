-- The limits of an agent's guardrails, each strict and each only noted.
local function turn(text) return { text = "so far", tool = "calculator", arguments = { input = text }, usage = { input_tokens = 30, output_tokens = 10 }, cost_usd = 0.25 } end
local function tried(limits, ...)
  for _, action in ipairs{ "strict", "permissive" } do
    limits.action = action
    local agent = Agent.create{ name = "limited", tools = { "calculator" }, guardrails = limits,
      model = { scripted = { turns = { ... }, ["repeat"] = "last" } } }
    local ok, e = pcall(agent.ask, agent, "Go")
    print(action, ok and e.text or e.code, ok and "" or e.message, ok and "" or e.details.limit)
  end
end
tried({ iterations = 2 }, turn("1"), turn("2"), "done")
tried({ tool_calls = 1 }, turn("1"), turn("2"), "done")
tried({ identical_calls = 1 }, turn("1"), turn("1"), "done")
tried({ output_chars = 10 }, "a longer answer")
tried({ time = "50ms" }, { text = "late", delay_ms = 100 })
tried({ cost_usd = 0.3 }, turn("1"), turn("2"), "done")
tried({ iterations = 3, tool_calls = 2, identical_calls = 2, output_chars = 100, time = "10s", cost_usd = 5, tokens = 5000000 },
  turn("1"), turn("2"), "done")
