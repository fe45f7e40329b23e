greet = Tool.create(name="greet", description="Greets", parameters={"who": "string"}, execute=lambda p: "hello " + p["who"])


def calls(tool, arguments):
    turns = [{"when": {"after_tool": True}, "text": "{{last_tool_result}}"}, {"when": {"offers": tool}, "tool": tool, "arguments": arguments}]
    return {"scripted": {"turns": turns, "default": "no tool"}}


def shown(*values):
    print(*(str(it).lower() if isinstance(it, bool) else it for it in values), sep="\t")


model = calls("greet", {"who": "Ada"})
agent = Agent.create(name="one", model=model)
Agent.create(name="helper", model={"scripted": {"turns": ["helped with {{input}}"], "repeat": "last"}})
shown(agent.execute("x").text, agent.execute("x", tools=[greet]).text, agent.execute({"text": "x", "tools": ["greet"]}).text)
inline = {"name": "greet", "description": "d", "parameters": {"who": "string"}, "execute": lambda p: "hi " + p["who"]}
shown(agent.execute("x", {"tools": [inline]}).text)
shown(agent.execute("x", model=calls("helper", {"input": "it"}), tools=["helper"]).text)
shown(agent.execute("x", model=calls("helper", {"input": "that"}), tools=[Agent.get("helper")]).text)
shown(agent.execute("x", model="echo", system_prompt="S", temperature=0.5, max_tokens=9, stop="y").model)
shown(agent.execute("x", model={"scripted": [{"data": {"n": 1}}]}, schema={"n": "integer"}).data["n"])
for event in agent.stream("x", tools=[greet]):
    if event.type == "done":
        shown(event.text, len(event.steps))
shown(agent.stream("x", lambda event: None, tools=[greet]).text, agent.chat("x", tools=[greet]).text)
talk = agent.conversation()
shown(talk.send("x", tools=[greet]).text, talk.stream({"text": "x", "tools": [greet]}, lambda event: None).text, talk.send("x").text)
# Nothing of it is kept.
shown(agent.has_tool("greet"), len(agent.discover_tools()), agent.model, agent.execute("x").text)


def wrong(**options):
    try:
        agent.execute("x", **options)
    except LLMSpellError as e:
        shown(False, e.code, e.message)


wrong(tools=["nothing"])
wrong(tools=[print])
wrong(model="nope/x")
wrong(budget=1)
wrong(max_steps=0)
