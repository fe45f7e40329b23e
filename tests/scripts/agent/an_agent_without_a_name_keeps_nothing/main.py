def shown(*values):
    print(*(str(it).lower() if isinstance(it, bool) else it for it in values), sep="\t")


def tried(fn, *args):
    try:
        fn(*args)
        shown(True, "", "")
    except LLMSpellError as e:
        shown(False, e.code, e.message)


agent = Agent.create(model="echo", memory="buffer")
talk = agent.conversation()
shown(talk.send("hello").text)
tried(talk.save, "support")
tried(agent.conversation, "support")
tried(agent.conversations)
tried(agent.save_state)
tried(agent.load_state)
tried(agent.delete_state)
# Its values go with it for this run, and the same agent with a name keeps them.
agent.set_state("visits", 1)
shown(agent.get_state("visits"))
named = Agent.create(name="named", model="echo")
own = named.conversation("support")
shown(own.send("hello").text)
tried(own.save)
tried(named.save_state)
shown(JSON.stringify(named.conversations()))
# So it is with several that work together, and with those of a template.
tried(Agent.reflect(agent=named).save_state)
tried(Agent.reflect(name="thinker", agent=named).save_state)
made = Agent.create_from_template("", "chat", {"model": "echo"})
tried(made.save_state)
made = Agent.create_from_template("talker", "chat", {"model": "echo"})
tried(made.save_state)
