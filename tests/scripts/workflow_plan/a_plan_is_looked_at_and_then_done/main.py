import re

good = """{"name": "sum-and-hash", "description": "adds and hashes", "type": "sequential",
  "steps": [{"name": "sum", "tool": "calculator", "input": {"input": "{{input.a}} + {{input.b}}"}},
            {"name": "say", "agent": "writer", "input": "It is {{steps.sum.output}}"}]}"""
writer = Agent.create(name="writer", description="writes", model="echo")
plan = Workflow.plan(
    goal="Add two numbers",
    tools=["calculator"],
    agents=[writer],
    model={"scripted": [{"text": "Let me think."}, {"text": good}]},
)
truth = {True: "true", False: "false"}
print(plan.goal, plan.attempts, truth[plan.cost_usd == 0], truth[plan.model.startswith("scripted/")], sep="\t")
print(plan.table["name"], len(plan.table["steps"]), plan.table["steps"][0]["tool"], sep="\t")
print(plan.workflow.name, truth[plan.workflow.get_info()["last"] is None], sep="\t")
print(plan.show(), end="")
print(re.search("\n(├[^\n]*)", plan.show(20)).group(1))
print(plan.to_mermaid().split("\n")[0], plan.to_dot().split("\n")[0], sep="\t")
print(re.search('tool = "calculator"', plan.to_toml()).group(0))
r = plan.execute(a=2, b=3)
print(truth[r.success], r.text, sep="\t")
print(plan.run({"a": 4, "b": 5}).text, plan.workflow.execute(a=1, b=1).text, sep="\t")
print(Workflow.from_table(plan.table).execute(a=10, b=1).text)
