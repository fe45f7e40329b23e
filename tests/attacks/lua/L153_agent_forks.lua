-- id: L153_agent_forks
-- tries: a conversation that is forked a hundred thousand times, and events by the million
-- class: memory
-- expect: killed
-- limit: 5
local ok, said = pcall(function() return Agent.create{ model = "echo" }:execute("began").text end)
print(said)
local agent = Agent.create{ name = "m", model = "echo" }
local talk = agent:conversation()
for i = 1, 50 do pcall(talk.send, talk, string.rep("said ", 100) .. i) end
local kept = {}
for _ = 1, 100000 do
  local done, fork = pcall(talk.fork, talk)
  if done then kept[#kept + 1] = fork end
end
local drip = Agent.create{ name = "drip", model = { scripted = { { text = string.rep("abcdefgh", 500000), chunk_size = 1, times = 1000 } } } }
local n = 0
while true do pcall(function() for _ in drip:stream("go") do n = n + 1 end end) end
