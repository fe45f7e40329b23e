local agent = Agent.create{ name = "echoer", model = "echo" }
print(agent:conversation():send("x").text)
agent:conversation("kept")
