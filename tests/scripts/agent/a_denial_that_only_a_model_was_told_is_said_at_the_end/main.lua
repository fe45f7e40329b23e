local inner = Agent.create{ name = "inner", model = "scripted/secret" }
local agent = Agent.create{ name = "helper", tools = { "calculator", "file-operations", inner }, model = { scripted = {
  { tool = "calculator", arguments = { input = "1 + 1" } },
  { tool = "file-operations", arguments = { operation = "read", path = "/etc/hostname" } },
  { tool = "inner", arguments = { input = "x" } },
  "I may not.",
} } }
local answer = agent:execute("How much is 1 + 1?")
-- The model is told what it may not, and nothing of flags and settings.
for _, step in ipairs(answer.steps) do print((step.observation:gsub("\n", " / "))) end
