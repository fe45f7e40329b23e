n = []


def count(params):
    n.append(1)
    return len(n)


Tool.create(name="count", description="d", parameters={"x": "integer"}, execute=count)
Tool.create(name="other", description="d", parameters={"x": "integer"}, execute=count)


def call(name, x):
    return Tool.execute(name, {"x": x})["result"]


print(call("count", 1), call("count", 1), call("count", 2), call("count", 1), sep="\t")
print(call("other", 1), call("other", 1), sep="\t")
agent = Agent.create(model={"scripted": ["first", "second"]}, memory="none")
print(agent.execute("a").text, agent.execute("a").text, agent.execute("b").text, sep="\t")
