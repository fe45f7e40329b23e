# id: P261_agent_forks
# tries: a conversation that is forked a hundred thousand times, and events by the million
# class: memory
# expect: killed
# limit: 5
try:
    print(Agent.create(model="echo").execute("began").text)
except Exception as problem:
    print(problem)
agent = Agent.create(name="m", model="echo")
talk = agent.conversation()
for i in range(50):
    try:
        talk.send("said " * 100 + str(i))
    except Exception:
        pass
kept = []
for i in range(100000):
    try:
        kept.append(talk.fork())
    except Exception:
        pass
drip = Agent.create(name="drip", model={"scripted": [{"text": "abcdefgh" * 500000, "chunk_size": 1, "times": 1000}]})
while True:
    try:
        for event in drip.stream("go"):
            pass
    except Exception:
        pass
