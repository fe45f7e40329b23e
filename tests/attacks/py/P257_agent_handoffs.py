# id: P257_agent_handoffs
# tries: conversations that are handed around for ever
# class: cpu
# expect: killed
# limit: 5
try:
    print(Agent.create(model="echo").execute("began").text)
except Exception as problem:
    print(problem)
last = Agent.create(name="last", model="echo")
for i in range(60):
    call = {"tool": "transfer_to_" + last.name, "arguments": {"context": {"n": i}}}
    last = Agent.create(name="h" + str(i), handoffs=[last], model={"scripted": [{"times": 1000000, "calls": [call]}]})
try:
    print(last.execute("go"))
except Exception as problem:
    print(problem)
a = Agent.create(name="left", model="echo", memory="buffer")
b = Agent.create(name="right", model="echo", memory="buffer")
kept = []
while True:
    try:
        a.execute("on" * 1000)
        kept.append(a.handoff(b))
        kept.append(b.handoff(a, {"of": "x" * 10000}))
    except Exception:
        pass
