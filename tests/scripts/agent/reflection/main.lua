local function writer(...) return Agent.create{ name = "writer", model = { scripted = { ... } } } end
local function judging(...)
  return Agent.create{ name = "critic", model = { scripted = { ... } } }
end
local function verdict(word, score, feedback) return { data = { verdict = word, score = score, feedback = feedback } } end
local r = Agent.reflect{
  name = "careful", description = "Thinks twice",
  agent = writer({ text = "First draft", cost_usd = 0.25 }, { text = "Second draft", cost_usd = 0.25 }),
  critic = judging(verdict("revise", 0.25, "Too short"), verdict("accept", 0.75, "")),
  criteria = { "is long", "is true" },
}
print(r.name, r.description, JSON.stringify(r:get_config().criteria), r:get_config().rounds, r:get_config().kind)
local answer = r:execute("Write")
print(answer.text, answer.metadata.accepted, answer.cost_usd, answer.agent, answer.metadata.pattern)
for i, it in ipairs(answer.metadata.rounds) do print(i, it.draft, it.verdict, it.score, it.feedback) end
for _, step in ipairs(answer.steps) do print(step.kind, step.action, (step.observation:gsub("\n", " "))) end
-- Never accepted: the last draft, after all rounds.
r = Agent.reflect{ agent = writer("a", "b", "c"), critic = judging(verdict("revise", 0.5, "x"), verdict("revise", 0.5, "y")), rounds = 2 }
answer = r:execute("Write")
print(r.name, answer.text, answer.metadata.accepted, #answer.metadata.rounds)
-- A critic of its own, with the same model; the agent by its name; one criterion; arguments one after the other.
local both = { scripted = { turns = { { when = { schema = true }, data = { verdict = "accept", score = 1, feedback = "" } }, { when = { input = "*" }, text = "fine" } } } }
Agent.create{ name = "poet", model = both }
print(Agent.reflect("quick", "poet", nil, "is short", 1):execute("Write").text)
-- Streamed, and as a tool.
for e in Agent.reflect{ agent = writer("once"), critic = judging(verdict("accept", 1, "")) }:stream("Write") do
  if e.type == "done" then print(e.type, e.text, e.agent) end
end
local lead = Agent.create{ model = { scripted = { { tool = "quick", arguments = { input = "x" } }, "{{last_tool_result}}" } }, tools = { "quick" } }
print(lead:execute("Go").text)
local ok, e = pcall(r.get_metrics, r)
print(ok, e.code, e.message)
