-- Talk to a model that remembers what was said, a line at a time: `llmspell run chat.lua --model fast`
local agent = Agent.create{ name = "companion", model = ARGS.model, system_prompt = "You are brief and friendly." }
local talk = agent:conversation()
for line in io.lines() do
  if line == "/clear" then
    talk:clear()
    print("(forgotten)")
  elseif line ~= "" then
    print("> " .. line)
    print(talk:send(line).text)
  end
end
print(("(%d messages are kept)"):format(#talk:history()))
