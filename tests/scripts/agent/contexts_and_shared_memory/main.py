import re


def shown(*values):
    print(*("nil" if it is None else str(it).lower() if isinstance(it, bool) else it for it in values), sep="\t")


agent = Agent.create(name="reader", model={"scripted": {"turns": ["{{system}}"], "repeat": "last"}}, system_prompt="Read.")


def seen(*args):
    return agent.execute_with_context(*args).text.replace("\n", " ")


id_ = Agent.create_context({"user": "Ada", "tags": ["a", "b"]})
shown(id_, seen("x", id_))
shown(re.search('"user": "[A-Za-z]+"', agent.executeWithContext({"text": "x", "context": {"user": "Bea"}}, id_).text)[0])
shown(seen("x", {"n": 1}), agent.execute({"text": "x", "context": {"n": 2}}).text.replace("\n", " "))
# A child sees what its parent has, also what that is given later.
child = Agent.create_child_context(id_, {"mood": "calm"})
Agent.update_context(id_, {"place": "Lagos"})
Agent.updateContext(id_, "user", "Cea")
shown(child, JSON.stringify(Agent.get_context_data(child)), Agent.getContextData(child, "user"), Agent.get_context_data(child, "nothing"))
Agent.update_context(child, "user", "Dora")
shown(JSON.stringify(Agent.get_context_data(child)), Agent.get_context_data(id_, "user"))
Agent.update_context(child, "user", None)
shown(Agent.get_context_data(child, "user"), JSON.stringify(Agent.get_context_data(Agent.createChildContext(child))))
removed = Agent.remove_context(id_), Agent.removeContext(id_)
try:
    Agent.get_context_data(child)
except NotFound as e:
    shown(*removed, False, e)
shown(JSON.stringify(Agent.get_context_data(Agent.createContext())))
# A memory that all agents of the run share.
Agent.set_shared_memory("team", "goal", "win")
Agent.setSharedMemory("team", "list", [1, {"a": "b"}])
shown(Agent.get_shared_memory("team", "goal"), JSON.stringify(Agent.getSharedMemory("team")), Agent.get_shared_memory("team", "none"), JSON.stringify(Agent.get_shared_memory("others")))
Agent.set_shared_memory("team", "goal", None)
shown(Agent.get_shared_memory("team", "goal"))
for fn in (
    lambda: Agent.create_context({"f": print}),
    lambda: Agent.create_context(5),
    lambda: Agent.create_child_context("context-99", {}),
    lambda: Agent.update_context("context-99", {}),
    lambda: Agent.set_shared_memory("a", "b", agent),
    lambda: Agent.create_context({"big": "x" * 300000}),
    lambda: agent.execute_with_context("x", "context-99"),
    lambda: agent.execute_with_context("x", {"f": print}),
    lambda: agent.execute_with_context("x"),
    lambda: agent.execute_with_context("x", 5),
):
    try:
        fn()
    except LLMSpellError as e:
        shown(False, e.code, e.message)
