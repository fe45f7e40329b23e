-- Show an answer as it arrives, and what the agent does meanwhile: `llmspell run stream.lua --model fast`
local agent = Agent.create{ name = "explainer", model = ARGS.model, tools = { "calculator" } }
for event in agent:stream(ARGS[1] or "How many seconds does a leap year have?") do
  if event.type == "text" then
    io.write(event.text)
    io.flush()
  elseif event.type == "tool_start" then
    print(("[%s %s]"):format(event.name, event.arguments.input))
  elseif event.type == "done" then
    print(("\n[%d tokens]"):format(event.usage.total_tokens))
  end
end
