local function tried(f, ...)
  local ok, e = pcall(f, ...)
  print(ok, ok and "" or e.code, ok and "" or e.message)
end
local agent = Agent.create{ model = "echo", memory = "buffer" }
local talk = agent:conversation()
print(talk:send("hello").text)
tried(talk.save, talk, "support")
tried(agent.conversation, agent, "support")
tried(agent.conversations, agent)
tried(agent.save_state, agent)
tried(agent.load_state, agent)
tried(agent.delete_state, agent)
-- Its values go with it for this run, and the same agent with a name keeps them.
agent:set_state("visits", 1)
print(agent:get_state("visits"))
local named = Agent.create{ name = "named", model = "echo" }
local own = named:conversation("support")
print(own:send("hello").text)
tried(own.save, own)
tried(named.save_state, named)
print(JSON.stringify(named:conversations()))
-- So it is with several that work together, and with those of a template.
local made = Agent.reflect{ agent = named }
tried(made.save_state, made)
made = Agent.reflect{ name = "thinker", agent = named }
tried(made.save_state, made)
made = Agent.create_from_template("", "chat", { model = "echo" })
tried(made.save_state, made)
made = Agent.create_from_template("talker", "chat", { model = "echo" })
tried(made.save_state, made)
