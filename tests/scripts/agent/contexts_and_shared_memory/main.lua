local agent = Agent.create{ name = "reader", model = { scripted = { turns = { "{{system}}" }, ["repeat"] = "last" } }, system_prompt = "Read." }
local function seen(...) return (agent:execute_with_context(...).text:gsub("\n", " ")) end
local id = Agent.create_context{ user = "Ada", tags = { "a", "b" } }
print(id, seen("x", id))
print(agent:executeWithContext({ text = "x", context = { user = "Bea" } }, id).text:match('"user": "%a+"'))
print(seen("x", { n = 1 }), (agent:execute{ text = "x", context = { n = 2 } }.text:gsub("\n", " ")))
-- A child sees what its parent has, also what that is given later.
local child = Agent.create_child_context(id, { mood = "calm" })
Agent.update_context(id, { place = "Lagos" })
Agent.updateContext(id, "user", "Cea")
print(child, JSON.stringify(Agent.get_context_data(child)), Agent.getContextData(child, "user"), Agent.get_context_data(child, "nothing"))
Agent.update_context(child, "user", "Dora")
print(JSON.stringify(Agent.get_context_data(child)), Agent.get_context_data(id, "user"))
Agent.update_context(child, "user", nil)
print(Agent.get_context_data(child, "user"), JSON.stringify(Agent.get_context_data(Agent.createChildContext(child))))
print(Agent.remove_context(id), Agent.removeContext(id), pcall(Agent.get_context_data, child))
print(JSON.stringify(Agent.get_context_data(Agent.createContext())))
-- A memory that all agents of the run share.
Agent.set_shared_memory("team", "goal", "win")
Agent.setSharedMemory("team", "list", { 1, { a = "b" } })
print(Agent.get_shared_memory("team", "goal"), JSON.stringify(Agent.getSharedMemory("team")), Agent.get_shared_memory("team", "none"), JSON.stringify(Agent.get_shared_memory("others")))
Agent.set_shared_memory("team", "goal", nil)
print(Agent.get_shared_memory("team", "goal"))
for _, it in ipairs{
  function() Agent.create_context{ f = print } end,
  function() Agent.create_context(5) end,
  function() Agent.create_child_context("context-99", {}) end,
  function() Agent.update_context("context-99", {}) end,
  function() Agent.set_shared_memory("a", "b", agent) end,
  function() Agent.create_context{ big = ("x"):rep(300000) } end,
  function() agent:execute_with_context("x", "context-99") end,
  function() agent:execute_with_context("x", { f = print }) end,
  function() agent:execute_with_context("x") end,
  function() agent:execute_with_context("x", 5) end,
} do
  local ok, e = pcall(it)
  print(ok, e.code, e.message)
end
