-- An agent with tools answers from your files: `llmspell run mentions.lua ./docs retries --model fast`
local folder, word = ARGS[1] or "./docs", ARGS[2] or "retries"
local agent = Agent.create{
  name = "librarian",
  model = ARGS.model,
  tools = { "file-search", "calculator" },
  system_prompt = "Look things up with the tools; never guess a number.",
  budget = { usd = 0.10 },
}
local answer = agent:execute(("Which of the files in %s mention %s, and how many times in all?"):format(folder, word))
print(answer.text)
for i, step in ipairs(answer.steps) do
  if step.kind == "tool" then print(("step %d: %s"):format(i, step.action)) end
end
