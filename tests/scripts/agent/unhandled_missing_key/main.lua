local agent = Agent.create{ model = "openai/gpt-5-mini" }
print(agent.model)
agent:execute("x")
