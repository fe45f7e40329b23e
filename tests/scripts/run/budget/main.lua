local turn = { text = "hello", usage = { input_tokens = 1000, output_tokens = 500, cached_tokens = 400 }, times = 9 }
local agent = Agent.create{ name = "greeter", model = { scripted = { turn } }, max_tokens = 1000, budget = { usd = 0.175 } }

local function shown(row)
  return string.format("%g %g %g", row.limit, row.spent, row.left)
end

local before = Run.budget()
print(shown(before.usd), shown(before.tokens), shown(before.day.usd), before.day.tokens)
local answer = agent:execute("Say hello.")
print(answer.text, string.format("%g", answer.cost_usd), answer.usage.input_tokens)
local after = Run.budget()
print(shown(after.usd), shown(after.tokens), shown(after.day.usd))
print(string.format("%g", Run.cost()), Run.usage().output_tokens)

agent:execute("Again.")
agent:execute("Again.")
local ok, err = pcall(agent.execute, agent, "Again.")
print(ok, err.code, err.details.scope, err.details.unit, string.format("%g", err.details.spent))
print(string.format("%g", Run.cost()))
