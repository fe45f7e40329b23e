# id: P256_agent_tools_cyclic
# tries: agents that are tools of themselves, by a name that is given anew, and by a script's tool
# class: stack
# expect: killed
# limit: 5
try:
    print(Agent.create(model="echo").execute("began").text)
except Exception as problem:
    print(problem)
held = {}
def again(params):
    return held["c"].execute("go").text
Tool.create(name="again", description="again", parameters={}, execute=again)
held["c"] = Agent.create(name="c", tools=["again"], model={"scripted": [{"times": 1000000, "tool": "again", "arguments": {}}]})
try:
    print(held["c"].execute("go"))
except Exception as problem:
    print(problem)
Agent.create(name="a", model="echo").as_tool("x")
calls = [{"tool": "x", "arguments": {"input": "go"}}] * 1500
b = Agent.create(name="b", tools=["x"], max_tool_calls=10**9, max_identical_calls=10**9, max_steps=1000, model={"scripted": [{"times": 1000000, "calls": calls}]})
b.as_tool("x")
while True:
    try:
        print(b.execute("go").text)
    except Exception as problem:
        print(problem)
