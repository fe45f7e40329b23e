# id: P252_agent_many
# tries: agents by the hundred thousand, kept after they were destroyed
# class: memory
# expect: killed
# limit: 5
try:
    print(Agent.create(model="echo").execute("began").text)
except Exception as problem:
    print(problem)
kept = []
for i in range(300000):
    try:
        agent = Agent.create(name="a" + str(i), model={"scripted": [{"text": "x"}]}, system_prompt="x" * 2000 + str(i))
        kept.append(agent)
        if i % 2:
            agent.destroy()
    except Exception:
        pass
print("done")
