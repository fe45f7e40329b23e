-- Each agent's tool waits until all agents are there: they really work at the same time.
local N, there, gate = 60, 0, Async.channel(60)
local meet = Tool.create{ name = "meet", description = "Wait for all", parameters = { i = "integer" }, execute = function(p)
  there = there + 1
  if there == N then for _ = 1, N do gate:send(true) end end
  gate:receive()
  return p.i * p.i
end }
local numbers = {}
for i = 1, N do numbers[i] = i end
local answers = Async.map(numbers, function(i)
  local agent = Agent.create{ name = "agent " .. i, model = { scripted = { { tool = "meet", arguments = { i = i } }, "{{last_tool_result}}" } }, tools = { meet } }
  return agent:execute("Go").text
end, { limit = N })
print(#answers, answers[1], answers[7], answers[N], #Agent.list())
-- One agent, asked many times at once, with a bound on how many.
local one = Agent.create{ name = "one", model = "echo" }
answers = Async.map(numbers, function(i) return one:execute("n" .. i).text end, { limit = 8 })
print(answers[1], answers[N], one:get_metrics().executions)
-- The first failure stops the others, where nobody handles it.
local ok, e = pcall(Async.map, { 1, 2, 3 }, function(i)
  return Agent.create{ model = { scripted = { i == 2 and { error = "bad_request" } or { text = "late", delay_ms = 20000 } } } }:execute("x")
end)
print(ok, e.code)
local fast = Async.race{
  Async.spawn(function() return Agent.create{ model = { scripted = { { text = "slow", delay_ms = 20000 } } } }:execute("x").text end),
  Async.spawn(function() return one:execute("fast").text end),
}
print(fast)
