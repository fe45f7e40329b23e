-- A draft, a critic, a better draft: `llmspell run research.lua "Why do we have leap seconds?" --model smart`
local question = ARGS[1] or "Why do we have leap seconds, and why will they go?"
local writer = Agent.create{
  name = "writer",
  model = ARGS.model,
  system_prompt = "You are a careful researcher. Answer in one paragraph. Say what is not certain.",
}
local careful = Agent.reflect{
  agent = writer,
  criteria = { "names a cause", "names a date", "says what is not certain" },
  rounds = 3,
}
local answer = careful:execute(question)
for i, round in ipairs(answer.metadata.rounds) do
  print(("round %d: %s%s"):format(i, round.verdict, round.feedback ~= "" and " - " .. round.feedback or ""))
end
print(answer.text)
