local function one_line(text) return (text:gsub("\n", " / ")) end
local agent = Agent.create{ name = "keeper", model = { scripted = { turns = { "{{said}}" }, ["repeat"] = "last" } }, memory = "buffer" }
-- A conversation.
local talk = agent:conversation("support")
print(#talk:history(), #agent:conversations())
talk:send("hello")
print(one_line(talk:send("again").text), #talk:history())
talk:save()
-- Another name is another conversation, which is kept when it is saved, and not before.
local other_talk = agent:conversation("sales")
other_talk:send("price?")
print(#agent:conversation("sales"):history(), JSON.stringify(agent:conversations()))
-- A fork has no name, and neither has one that was begun without; each has the name that it was saved under.
local function problem_of(f, ...) local ok, e = pcall(f, ...) return ok, e.code, e.message end
local fork = talk:fork()
print(problem_of(fork.save, fork))
local unnamed = agent:conversation()
print(problem_of(unnamed.save, unnamed))
-- What the agent remembers, and the values that go with it.
print(agent:load_state(), agent:loadState("other"), agent:get_state("visits"))
agent:set_state("visits", (agent:get_state("visits") or 0) + 1)
agent:setState{ mood = "good", list = { 1, 2 } }
print(one_line(agent:execute("seen").text))
print(JSON.stringify(agent:get_state()))
agent:save_state()
agent:saveState("other")
-- Another agent has its own; what is deleted is gone.
local other = Agent.create{ name = "stranger", model = "echo" }
print(other:load_state(), #agent:conversation("support"):history())
print(agent:deleteState("other"), agent:delete_state("other"), agent:load_state("other"))
agent:set_state("mood", nil)
print(agent:getState("mood"), agent:get_state().status, agent:get_state().messages)
agent:load_state()
print(agent:get_state("mood"), agent:get_state().messages)
