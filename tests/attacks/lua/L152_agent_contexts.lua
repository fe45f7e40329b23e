-- id: L152_agent_contexts
-- tries: contexts, shared memory and states of megabytes
-- class: memory
-- expect: killed
-- limit: 5
local ok, said = pcall(function() return Agent.create{ model = "echo" }:execute("began").text end)
print(said)
local agent = Agent.create{ name = "m", model = "echo" }
local big = string.rep("c", 250000)
local parent
for i = 1, 200000 do
  local made, id = pcall(Agent.create_context, { ["k" .. i] = big })
  if made then parent = id end
  pcall(Agent.create_child_context, parent, { x = big })
  pcall(Agent.set_shared_memory, "s" .. i, "k", big)
  pcall(agent.set_state, agent, "k" .. i, big)
  pcall(agent.execute_with_context, agent, "go", parent)
end
print("done")
