-- id: L144_agent_many
-- tries: agents by the hundred thousand, kept after they were destroyed
-- class: memory
-- expect: killed
-- limit: 5
local ok, said = pcall(function() return Agent.create{ model = "echo" }:execute("began").text end)
print(said)
local kept = {}
for i = 1, 300000 do
  local made, agent = pcall(Agent.create, { name = "a" .. i, model = { scripted = { { text = "x" } } }, system_prompt = string.rep("x", 2000) .. i })
  if made then kept[#kept + 1] = agent; if i % 2 == 0 then pcall(agent.destroy, agent) end end
end
print("done")
