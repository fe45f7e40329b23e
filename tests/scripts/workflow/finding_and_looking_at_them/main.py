def shown(*values):
    print(*("nil" if it is None else str(it).lower() if isinstance(it, bool) else it for it in values), sep="\t")


def fn(ctx):
    return 1


def names(rows):
    return " ".join(f"{r.name}:{r.type}:{r.n_steps}" for r in rows)


print(*Workflow.types())
for t in Workflow.discover_types():
    shown(t.type, t.name, t.description != "", len(t.fields) > 0)
# They are found by name when they are registered.
a = Workflow.sequential(name="alpha", description="First", steps=[{"name": "x", "fn": fn}, {"name": "y", "fn": fn}])
shown(len(Workflow.list()), Workflow.get("alpha"), Workflow.exists("alpha"))
shown(Workflow.register(a).name, Workflow.register("beta-two", a).name, Workflow.register(name="gamma", type="parallel", steps=[{"name": "x", "fn": fn}]).type)
print(names(Workflow.list()))
shown(Workflow.get("alpha").id == a.id, Workflow.get("beta_two").id == a.id, Workflow["gamma"].name, Workflow.exists("ALPHA"))
row = Workflow.list()[0]
shown(row.name, row.type, row.description, row.id == a.id, row.n_steps)
shown(Workflow.execute("alpha").success, Workflow.execute("beta-two").output, Workflow.execute({"steps": [{"name": "t", "fn": lambda ctx: ctx.input}]}, 5).output)
Workflow.register(Workflow.sequential(name="alpha", steps=[{"name": "z", "fn": fn}]))
shown(names(Workflow.list()), Workflow.get("alpha").id == a.id)
shown(Workflow.remove("alpha"), Workflow.remove("alpha"), Workflow.exists("alpha"), names(Workflow.list()))
Workflow.clear()
print(len(Workflow.list()))
# What they say of themselves.
wf = Workflow.from_table(name="whole", description="All of it", type="sequential", timeout_ms=500, retry=2, shared_data={"a": 1}, output="{{steps.sum}}", steps=[
    {"name": "sum", "tool": "calculator", "input": {"input": "{{input.x}} + 1"}, "retry": {"attempts": 3, "backoff_ms": 5}, "timeout_ms": 100},
    {"name": "f", "fn": fn, "condition": "input.x > 1", "on_error": "continue", "compensate": fn},
    {"name": "say", "agent": Agent.create(name="sayer", model="echo"), "input": "{{steps.f}}"},
    {"name": "inner", "workflow": {"type": "parallel", "steps": [{"name": "p", "template": "{{input}}"}]}, "input": "x"},
])
info = wf.get_info()
shown(info.name, info.type, info.description, info.id == wf.id, len(info.steps))
for s in info.steps:
    shown(s.name, s.type, s.label)
print(len(wf.validate()))
t = wf.to_table()
shown(t.name, t.type, t.timeout_ms, t.output, JSON.stringify(t.shared_data), JSON.stringify(t.steps[0]))
print(JSON.stringify(t.steps[1]))
shown(t.steps[2].agent, t.steps[3].workflow.steps[0].template)
# A table without functions can be kept as JSON, and makes the same again.
first = Workflow.from_table(name="kept", type="dag", steps=[{"name": "b", "template": "{{steps.a}}!", "depends_on": ["a"]}, {"name": "a", "template": "{{input}}"}])
again = Workflow.from_table(JSON.parse(JSON.stringify(first.to_table())))
shown(again.name, again.type, again.execute("hi").outputs.b, JSON.stringify(again.to_table()) == JSON.stringify(first.to_table()))
# What has gone since it was made is said by validate.
Workflow.register(Workflow.sequential(name="gone", steps=[{"name": "x", "fn": fn}]))
uses = Workflow.sequential(steps=[{"name": "u", "workflow": "gone"}])
shown(len(uses.validate()), uses.execute().success)
Workflow.remove("gone")
for m in uses.validate():
    shown(m.path, m.message, m.hint)
r = uses.execute()
shown(r.success, r.error_code, r.error)
# Pictures.
print(first.to_mermaid())
shown("digraph" if "digraph" in first.to_dot() else None, "flowchart" if wf.toMermaid().startswith("flowchart") else None, len(wf.toDot()) > 100)
