local agent = Agent.create{ name = "echoer", model = "echo" }
print(agent.name, #Agent.list())
print(agent:execute("x").text)
