down = {"scripted": [{"error": {"status": 401, "message": "no such key"}}, "up again"]}
agent = Agent.create(model=down, fallback=["scripted/down", "echo"], retries=0)
answer = agent.execute("hello")
print(answer.text, answer.model, ", ".join(answer.metadata["fallback_from"]), sep="\t")
answer = agent.execute("hello")
print(answer.text, answer.model, "nil" if "fallback_from" not in answer.metadata else "fell back", sep="\t")
