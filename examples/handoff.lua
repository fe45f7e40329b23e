-- A first agent finds out who should answer, and hands the conversation over: `llmspell run handoff.lua --model fast`
local billing = Agent.create{
  name = "billing",
  description = "Invoices, payments, refunds.",
  model = ARGS.model,
  system_prompt = "You handle invoices. Be exact about amounts.",
}
local technical = Agent.create{
  name = "technical",
  description = "Errors, crashes, installation.",
  model = ARGS.model,
  system_prompt = "You solve technical problems step by step.",
}
local desk = Agent.create{
  name = "desk",
  model = ARGS.model,
  system_prompt = "Find out what it is about and hand over to the colleague who knows.",
  handoffs = { billing, technical },
}
for line in io.lines() do
  local answer = desk:execute(line)
  print(("%s: %s"):format(answer.agent, answer.text))
end
