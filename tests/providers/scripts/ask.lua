-- Ask an agent one question a line, and print what came of it: ask.lua --model NAME [--stream yes]
local weather = Tool.create{
  name = "get_weather",
  description = "The weather in a city.",
  parameters = { type = "object", properties = { city = { type = "string" }, days = { type = "integer" } } },
  execute = function(params) return "it rains in " .. params.city end,
}
local clock = Tool.create{
  name = "get_time",
  description = "What time it is.",
  parameters = { type = "object", properties = {} },
  execute = function() return "noon" end,
}
local patient = Agent.create{ model = ARGS.model, tools = { weather, clock }, system_prompt = "You are a pirate" }
local hasty = Agent.create{ model = ARGS.model, timeout_s = 1 }

local function ask(question)
  local agent = question == "never answer" and hasty or patient
  if not ARGS.stream then return agent:execute(question) end
  local pieces = {}
  local stream = agent:stream(question)
  for event in stream do
    if event.type == "text" then pieces[#pieces + 1] = event.text end
  end
  local answer = stream:result()
  assert(table.concat(pieces):sub(-#answer.text) == answer.text, "the pieces are not the answer")
  assert(#answer.text <= 20 or #pieces > 1, "it came in one piece")
  return answer
end

for question in io.lines() do
  local ok, answer = pcall(ask, question)
  if ok then
    print(("%s -> %s"):format(question, answer.text))
    for _, call in ipairs(answer.tool_calls) do
      print(("  %s(%s, %s) = %s"):format(call.name, call.arguments.city, call.arguments.days, call.result))
    end
    print(("  %s %s %d %d"):format(answer.model, answer.finish_reason, answer.usage.input_tokens, answer.usage.output_tokens))
  else
    print(("%s -> %s %s %s"):format(question, answer.code, (answer.details or {}).kind, (answer.details or {}).status))
  end
end
