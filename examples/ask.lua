-- Ask a model one question: `llmspell run ask.lua "What does git rebase do?" --model fast`
local question = ARGS[1] or "What does `git rebase` do?"
local agent = Agent.create{
  name = "answerer",
  model = ARGS.model,
  system_prompt = "Answer in one or two plain sentences, without an introduction.",
}
local answer = agent:execute(question)
print(answer.text)
print(("(%s: %d tokens in, %d out, $%.6f)"):format(
  answer.model, answer.usage.input_tokens, answer.usage.output_tokens, answer.cost_usd))
