def thinking(*turns):
    return {"scripted": {"turns": list(turns), "tools": False}}


agent = Agent.create(
    name="reasoner",
    model=thinking(
        'Thought: I need the sum\nAction: calculator\nAction Input: {"input": "2 + 3"}',
        'Thought: now twice\nAction: calculator(5 * 2)',
        "I think it is ten.",
        "Thought: once more\nAction: kalkulator\nAction Input: 5 * 2",
        "Thought: like this\nAction: calculator\nAction Input: 5 * 2\nObservation: 11\nFinish: 11",
        "Thought: I know it\nFinal Answer: ten",
    ),
    tools=["calculator"],
)
r = agent.execute("Twice the sum of two and three?")
for i, step in enumerate(r.steps, 1):
    print(i, step.kind, step.thought, step.action, step.observation.replace("\n", " / "), sep="\t")
print(r.text, len(r.tool_calls), len(r.messages), sep="\t")
# Asked for with a model that could call tools, too.
react = Agent.react(name="talker", model={"scripted": ['Action: calculator\nAction Input: {"input": "1 + 1"}', "Finish: two"]}, tools=["calculator"])
print(react.execute("One and one?").text, react.get_config().mode, react.name, sep="\t")
print(Agent.react("named", model="echo").get_config().mode, Agent.react({"model": "echo", "mode": "native"}).get_config().mode, sep="\t")
# Without tools there is nothing to speak of, and what comes is the answer.
print(Agent.create(model=thinking("Thought: hm\nFinish: yes")).execute("x").text)
# A structured answer likewise.
counter = Agent.react(model=thinking('Finish: {"n": "x"}', 'Finish: {"n": 4}'), tools=["calculator"], schema={"n": "integer"})
print(counter.execute("Count").data["n"])
# It streams what people should see.
said = []
streamed = Agent.react(model=thinking('Thought: add\nAction: calculator\nAction Input: {"input": "1+2"}', "Thought: done\nFinish: It is three."), tools=["calculator"])
streamed.stream("Go", lambda e: said.append(e.type + ":" + e.text) if e.type != "progress" else None)
print("|".join(said))
try:
    Agent.create(model=thinking("x"), tools=["calculator"], mode="native")
except BadArgument as e:
    print("false", e.code, e.message, e.hint, sep="\t")
