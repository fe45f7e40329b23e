# id: P258_agent_patterns
# tries: answers in words that are slow to take apart, and schemas that are
# class: cpu
# expect: harmless
# limit: 5
try:
    print(Agent.create(model="echo").execute("began").text)
except Exception as problem:
    print(problem)
texts = ["Action: x\n" * 200000, "Thought:" * 300000, "Action Input: {" * 100000, "<think>" * 300000, "a(" * 1000000, "Action: a(b)[c] " * 100000,
         "`" * 2000000, "Action: calculator" + "(" * 2000000, "Final Answer" * 150000, " " * 2000000, "{" * 2000000, "```\n{" * 300000]
for text in texts:
    for options in ({"mode": "react", "tools": ["calculator"], "max_steps": 2}, {"schema": {"x": "string"}, "repairs": 1}):
        try:
            Agent.create(model={"scripted": {"turns": [{"text": text, "times": 9}], "tools": False}}, **options).execute("go")
        except Exception:
            pass
deep = {"type": "string"}
for i in range(5000):
    deep = {"type": "object", "properties": {"x": deep}}
for schema in (deep, {"$ref": "#"}, {"type": "object", "properties": {"x": {"type": "string", "pattern": "(a+)+$"}}}, {"anyOf": [deep] * 5000}):
    try:
        Agent.create(model={"scripted": [{"json": {"x": "a" * 40 + "!"}}]}, schema=schema, repairs=0).execute("go")
    except Exception:
        pass
print("done")
