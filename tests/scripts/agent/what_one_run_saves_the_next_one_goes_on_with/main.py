def one_line(text):
    return text.replace("\n", " / ")


def shown(*values):
    print(*("nil" if it is None else str(it).lower() if isinstance(it, bool) else it for it in values), sep="\t")


agent = Agent.create(name="keeper", model={"scripted": {"turns": ["{{said}}"], "repeat": "last"}}, memory="buffer")
# A conversation.
talk = agent.conversation("support")
shown(len(talk.history()), len(agent.conversations()))
talk.send("hello")
shown(one_line(talk.send("again").text), len(talk.history()))
talk.save()
# Another name is another conversation, which is kept when it is saved, and not before.
other_talk = agent.conversation("sales")
other_talk.send("price?")
shown(len(agent.conversation("sales").history()), JSON.stringify(agent.conversations()))


# A fork has no name, and neither has one that was begun without; each has the name that it was saved under.
def show_problem(fn):
    try:
        fn()
    except BadArgument as e:
        shown(False, e.code, e.message)


show_problem(talk.fork().save)
show_problem(agent.conversation().save)
# What the agent remembers, and the values that go with it.
shown(agent.load_state(), agent.loadState("other"), agent.get_state("visits"))
agent.set_state("visits", (agent.get_state("visits") or 0) + 1)
agent.setState({"mood": "good", "list": [1, 2]})
shown(one_line(agent.execute("seen").text))
shown(JSON.stringify(agent.get_state()))
agent.save_state()
agent.saveState("other")
# Another agent has its own; what is deleted is gone.
other = Agent.create(name="stranger", model="echo")
shown(other.load_state(), len(agent.conversation("support").history()))
shown(agent.deleteState("other"), agent.delete_state("other"), agent.load_state("other"))
agent.set_state("mood", None)
shown(agent.getState("mood"), agent.get_state()["status"], agent.get_state()["messages"])
agent.load_state()
shown(agent.get_state("mood"), agent.get_state()["messages"])
