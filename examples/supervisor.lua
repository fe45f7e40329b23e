-- One agent gives work to two others: `llmspell run supervisor.lua "the history of the zip file" --model smart`
local topic = ARGS[1] or "the history of the zip file"
local researcher = Agent.create{
  name = "researcher",
  description = "Finds facts about a topic, with years.",
  model = ARGS.model,
  system_prompt = "List three facts, each with its year.",
}
local editor = Agent.create{
  name = "editor",
  description = "Turns facts into one readable sentence.",
  model = ARGS.model,
  system_prompt = "Write one sentence of the facts that you get. Add nothing.",
}
local supervisor = Agent.create{
  name = "supervisor",
  model = ARGS.model,
  tools = { researcher, editor },
  system_prompt = "Let the researcher find facts and the editor write. Hand on what they give you; then answer.",
}
local answer = supervisor:execute("Write one sentence about " .. topic .. ".")
print(answer.text)
for _, call in ipairs(answer.tool_calls) do print("asked " .. call.name) end
