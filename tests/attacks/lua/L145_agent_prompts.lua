-- id: L145_agent_prompts
-- tries: prompts of megabytes in a loop, to agents that remember and agents that are made of them
-- class: memory
-- expect: killed
-- limit: 5
local ok, said = pcall(function() return Agent.create{ model = "echo" }:execute("began").text end)
print(said)
local big = string.rep("x ", 2500000)
for i = 1, 100000 do
  local made, agent = pcall(Agent.create, { name = "a" .. i % 7, model = "echo", system_prompt = big, memory = "buffer" })
  if made then
    for _ = 1, 5 do pcall(agent.execute, agent, big); pcall(agent.chat, agent, big); pcall(agent.set_state, agent, "k" .. i, big) end
  end
end
print("done")
