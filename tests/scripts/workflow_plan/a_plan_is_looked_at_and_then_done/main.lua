local good = [[{"name": "sum-and-hash", "description": "adds and hashes", "type": "sequential",
  "steps": [{"name": "sum", "tool": "calculator", "input": {"input": "{{input.a}} + {{input.b}}"}},
            {"name": "say", "agent": "writer", "input": "It is {{steps.sum.output}}"}]}]]
Agent.create{ name = "writer", description = "writes", model = "echo" }
local plan = Workflow.plan{
  goal = "Add two numbers",
  tools = { "calculator" },
  agents = { "writer" },
  model = { scripted = { { text = "Let me think." }, { text = good } } },
}
print(plan.goal, plan.attempts, plan.cost_usd == 0, plan.model:match("^scripted/") ~= nil)
print(plan.table.name, #plan.table.steps, plan.table.steps[1].tool)
print(plan.workflow.name, plan.workflow:get_info().last == nil)
io.write(plan:show())
print(plan:show(20):match("\n(├[^\n]*)"))
print((plan:to_mermaid():gsub("\n.*", "")), (plan:to_dot():gsub("\n.*", "")))
print(plan:to_toml():match('tool = "calculator"'))
local r = plan:execute{ a = 2, b = 3 }
print(r.success, r.text)
print(plan:run({ a = 4, b = 5 }).text, plan.workflow:execute{ a = 1, b = 1 }.text)
print(Workflow.from_table(plan.table):execute{ a = 10, b = 1 }.text)
