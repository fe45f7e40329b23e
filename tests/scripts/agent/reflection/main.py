def shown(*values):
    print(*(str(it).lower() if isinstance(it, bool) else it for it in values), sep="\t")


def writer(*turns):
    return Agent.create(name="writer", model={"scripted": list(turns)})


def judging(*turns):
    return Agent.create(name="critic", model={"scripted": list(turns)})


def verdict(word, score, feedback):
    return {"data": {"verdict": word, "score": score, "feedback": feedback}}


r = Agent.reflect(
    name="careful", description="Thinks twice",
    agent=writer({"text": "First draft", "cost_usd": 0.25}, {"text": "Second draft", "cost_usd": 0.25}),
    critic=judging(verdict("revise", 0.25, "Too short"), verdict("accept", 0.75, "")),
    criteria=["is long", "is true"],
)
shown(r.name, r.description, JSON.stringify(r.get_config()["criteria"]), r.get_config()["rounds"], r.get_config()["kind"])
answer = r.execute("Write")
shown(answer.text, answer.metadata["accepted"], answer.cost_usd, answer.agent, answer.metadata["pattern"])
for i, it in enumerate(answer.metadata["rounds"], 1):
    shown(i, it["draft"], it["verdict"], it["score"], it["feedback"])
for step in answer.steps:
    shown(step.kind, step.action, step.observation.replace("\n", " "))
# Never accepted: the last draft, after all rounds.
r = Agent.reflect(agent=writer("a", "b", "c"), critic=judging(verdict("revise", 0.5, "x"), verdict("revise", 0.5, "y")), rounds=2)
answer = r.execute("Write")
shown(r.name, answer.text, answer.metadata["accepted"], len(answer.metadata["rounds"]))
# A critic of its own, with the same model; the agent by its name; one criterion; arguments one after the other.
both = {"scripted": {"turns": [{"when": {"schema": True}, "data": {"verdict": "accept", "score": 1, "feedback": ""}}, {"when": {"input": "*"}, "text": "fine"}]}}
Agent.create(name="poet", model=both)
shown(Agent.reflect("quick", "poet", None, "is short", 1).execute("Write").text)
# Streamed, and as a tool.
for e in Agent.reflect(agent=writer("once"), critic=judging(verdict("accept", 1, ""))).stream("Write"):
    if e.type == "done":
        shown(e.type, e.text, e.agent)
lead = Agent.create(model={"scripted": [{"tool": "quick", "arguments": {"input": "x"}}, "{{last_tool_result}}"]}, tools=["quick"])
shown(lead.execute("Go").text)
try:
    r.get_metrics()
except BadArgument as e:
    shown(False, e.code, e.message)
