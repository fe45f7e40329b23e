def one_line(text):
    return text.replace("\n", " / ")


def shown(*values):
    print(*("nil" if it is None else str(it).lower() if isinstance(it, bool) else it for it in values), sep="\t")


agent = Agent.create(name="keeper", model={"scripted": {"turns": ["{{said}}"], "repeat": "last"}}, memory="buffer")
# A conversation.
try:
    talk = agent.conversation("support")
except NotFound as e:
    shown(e.code, e.message)
    talk = agent.conversation()
talk.send("hello")
shown(one_line(talk.send("again").text), len(talk.history()))
talk.save("support")
try:
    agent.conversation("suport")
except NotFound as e:
    shown(False, e.hint)
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
