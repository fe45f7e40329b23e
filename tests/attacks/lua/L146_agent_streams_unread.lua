-- id: L146_agent_streams_unread
-- tries: streams that are opened and never read
-- class: memory
-- expect: killed
-- limit: 5
local ok, said = pcall(function() return Agent.create{ model = "echo" }:execute("began").text end)
print(said)
local agent = Agent.create{ name = "s", model = { scripted = { { text = string.rep("word ", 2000), times = 1000000 } } } }
local kept = {}
for i = 1, 300000 do
  local open, stream = pcall(agent.stream, agent, "go")
  if open then kept[#kept + 1] = stream end
end
print("done")
