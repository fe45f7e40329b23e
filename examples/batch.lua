-- Label many lines at once, four at a time and for a dime at most: `llmspell run batch.lua --model fast < reviews.txt`
local agent = Agent.create{
  name = "labeller",
  model = ARGS.model,
  system_prompt = "Is the review positive, negative or mixed?",
  schema = { label = { type = "string", enum = { "positive", "negative", "mixed" } } },
  budget = { usd = 0.10 },
}
local lines = {}
for line in io.lines() do lines[#lines + 1] = line end

local function label(line)
  local ok, answer = pcall(agent.execute, agent, line)
  if ok then return answer.data.label end
  return "failed: " .. answer.code -- one bad line does not stop the others
end

local labels = Async.map(lines, label, { limit = tonumber(ARGS.limit) or 4 })
for i, line in ipairs(lines) do print(labels[i] .. "\t" .. line) end
print(("(%d calls)"):format(agent:get_metrics().executions))
