# id: P254_agent_streams_unread
# tries: streams that are opened and never read
# class: memory
# expect: killed
# limit: 5
try:
    print(Agent.create(model="echo").execute("began").text)
except Exception as problem:
    print(problem)
agent = Agent.create(name="s", model={"scripted": [{"text": "word " * 2000, "times": 1000000}]})
kept = []
while True:
    try:
        kept.append(agent.stream("go"))
        kept.append(agent.conversation().stream("go"))
    except Exception:
        pass
