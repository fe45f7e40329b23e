-- id: L149_agent_handoffs
-- tries: conversations that are handed around for ever
-- class: cpu
-- expect: killed
-- limit: 5
local ok, said = pcall(function() return Agent.create{ model = "echo" }:execute("began").text end)
print(said)
local last = Agent.create{ name = "last", model = "echo" }
for i = 1, 60 do
  last = Agent.create{ name = "h" .. i, handoffs = { last }, model = { scripted = { { times = 1000000, calls = { { tool = "transfer_to_" .. last.name, arguments = {} } } } } } }
end
print(pcall(last.execute, last, "go"))
local a = Agent.create{ name = "left", model = "echo", memory = "buffer" }
local b = Agent.create{ name = "right", model = "echo", memory = "buffer" }
a:execute("begin")
while true do
  local done, talk = pcall(a.handoff, a, b, { of = string.rep("x", 1000) })
  if done then pcall(talk.send, talk, "on") end
  pcall(b.handoff, b, a)
end
