agent = Agent.create(name="echoer", model="echo")
print(agent.name, len(Agent.list()), sep="\t")
print(agent.execute("x").text)
