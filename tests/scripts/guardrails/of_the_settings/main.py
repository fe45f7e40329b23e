# Whoever asks a model or a tool: agents, workflows, templates, scripts.
card = "4111 1111 1111 1111, Project Apollo"
print(Agent.create(model="echo").ask(card).text)
flow = Workflow.sequential(
    name="w",
    steps=[
        {"name": "ask", "agent": Agent.create(name="a", model="echo"), "input": card},
        {"name": "count", "tool": "text-manipulator", "input": {"operation": "uppercase", "text": card}},
    ],
)
result = flow.execute()
print(result.outputs["ask"]["text"], result.outputs["count"]["text"], sep="\t")
print(Tool.execute("text-manipulator", operation="uppercase", text=card).text)
try:
    Tool.execute("text-manipulator", operation="uppercase", text="sk-ant-abcdefghijklmnopqrstuv")
except GuardrailTripped as e:
    print("false", e.code, e.details["rule"], sep="\t")
print(", ".join(f"{it.target} {it.error['code']}" for it in Run.journal() if it.error))
