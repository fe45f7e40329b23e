inner = Agent.create(name="inner", model="scripted/secret")
turns = [
    {"tool": "calculator", "arguments": {"input": "1 + 1"}},
    {"tool": "file-operations", "arguments": {"operation": "read", "path": "/etc/hostname"}},
    {"tool": "inner", "arguments": {"input": "x"}},
    "I may not.",
]
agent = Agent.create(name="helper", tools=["calculator", "file-operations", inner], model={"scripted": turns})
answer = agent.execute("How much is 1 + 1?")
# The model is told what it may not, and nothing of flags and settings.
for step in answer.steps:
    print(step.observation.replace("\n", " / "))
