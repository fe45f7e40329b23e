def shown(*values):
    print(*("nil" if it is None else str(it).lower() if isinstance(it, bool) else it for it in values), sep="\t")


shout = Tool.create(name="shout", description="Shouts", parameters={"text": "string"}, execute=lambda p: p.text.upper())
ada = Agent.create(name="ada", model={"scripted": ["Ada says {{input}}", "Ada again"]})
inner = Workflow.sequential(name="inner", steps=[{"name": "twice", "fn": lambda ctx: ctx.input + ctx.input}])
Workflow.register(inner)
wf = Workflow.sequential(name="kinds", steps=[
    {"name": "by_name", "tool": "text_manipulator", "input": {"operation": "reverse", "input": "abc"}},
    {"name": "by_object", "tool": Tool.get("calculator"), "input": {"input": "6 * 7"}},
    {"name": "own", "tool": shout, "parameters": {"text": "hey"}},
    {"name": "own_by_name", "type": "tool", "tool": "shout", "parameters": {"text": "ho"}},
    {"name": "only_here", "tool": {"name": "half", "execute": lambda p: p.n / 2, "parameters": {"n": "integer"}}, "input": {"n": 8}},
    {"name": "agent", "agent": ada, "input": "{{steps.own.text}}"},
    {"name": "agent_by_name", "type": "agent", "agent": "ada", "input": {"text": "more"}},
    {"name": "workflow", "workflow": inner, "input": "ab"},
    {"name": "workflow_by_name", "type": "workflow", "workflow": "inner", "input": "xy"},
    {"name": "workflow_of_a_table", "workflow": {"type": "sequential", "steps": [{"name": "t", "fn": lambda ctx: ctx.input.n + 1}]}, "input": {"n": 41}},
    {"name": "fn", "fn": lambda ctx: {"seen": ctx.input}, "input": {"k": "v"}},
    {"name": "func", "function": lambda ctx: ctx.output("fn").seen.k},
    {"name": "nothing", "fn": lambda ctx: None},
    {"name": "template", "template": "{{steps.func}} and {{steps.by_object.result}}"},
])
r = wf.execute()
shown(r.success, r.error)
for s in r.steps:
    shown(s.name, s.kind, s.status, s.attempts)
o = r.outputs
shown(o.by_name.text, o.by_object.result, o.own.result, o.own_by_name.text, o.only_here.result)
shown(o.agent.text, o.agent.model, o.agent_by_name.text, o.agent_by_name.usage.total_tokens > 0)
shown(o.workflow.output, o.workflow.outputs.twice, o.workflow_by_name.output, o.workflow_of_a_table.outputs.t)
shown(JSON.stringify(o.fn), o.func, o.get("nothing"), o.template)
shown(r.output, r.text)
print(JSON.stringify(r.metadata.extra.agent_outputs))
