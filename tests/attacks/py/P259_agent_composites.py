# id: P259_agent_composites
# tries: composites of a thousand composites of a thousand, and models that ask for as many calls
# class: memory
# expect: harmless
# limit: 5
try:
    print(Agent.create(model="echo").execute("began").text)
except Exception as problem:
    print(problem)
made = Agent.create(name="leaf", model="echo")
for depth in range(4):
    made = Agent.create_composite("c" + str(depth), [made] * 1000, "vote")
calls = [{"tool": "calculator", "arguments": {"input": str(i)}} for i in range(20000)]
many = Agent.create(name="many", tools=["calculator"], max_tool_calls=10**9, model={"scripted": [{"calls": calls, "times": 100}]})
debate = Agent.create_composite("debate", [Agent.create(model="echo")] * 300, "debate", {"rounds": 20})
for it, asked in ((made, "go"), (many, "go"), (debate, "go"), (debate, "y " * 100000)):
    try:
        print(it.execute(asked).text[:100])
    except Exception as problem:
        print(problem)
