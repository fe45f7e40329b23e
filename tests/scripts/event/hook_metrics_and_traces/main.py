tool = Tool.create(
    name="twice",
    description="d",
    parameters={"x": "integer"},
    execute=lambda params: Tool.execute("calculator", {"input": f"{params['x']} * 2"})["result"],
)
turns = [
    {"when": {"after_tool": False}, "tool": "twice", "arguments": {"x": 21}},
    {"when": {"after_tool": True}, "text": "It is {{last_tool_result}}."},
]
agent = Agent.create(name="counter", tools=[tool], model={"scripted": turns})
print(agent.execute("?").text)
try:
    Tool.execute("calculator", {"input": "1 +"})
except LLMSpellError:
    pass
metrics = Hook.metrics()
calculator = metrics["tool"]["calculator"]
print(metrics["tool"]["twice"]["calls"], calculator["calls"], calculator["failures"], sep="\t")
counter = metrics["agent"]["counter"]
print(counter["calls"], str(counter["total_ms"] >= metrics["tool"]["twice"]["total_ms"]).lower(), sep="\t")
names = {}
for span in Hook.traces():
    names[span["span_id"]] = span["name"]
    name = "-" if span["kind"] == "model" else span["name"]
    print(span["kind"], name, names.get(span["parent_id"], "-"), span["status"], span.get("error", ""), sep="\t")
