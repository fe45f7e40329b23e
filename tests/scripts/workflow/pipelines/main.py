def shown(*values):
    print(*("nil" if it is None else str(it).lower() if isinstance(it, bool) else it for it in values), sep="\t")


wf = Workflow.pipeline(name="clean", steps=[
    {"name": "trim", "fn": lambda ctx: ctx.input.strip()},
    {"name": "up", "tool": "text-manipulator", "input": {"operation": "uppercase", "input": "{{previous}}"}},
    {"name": "say", "agent": Agent.create(name="echo", model="echo")},
    {"name": "count", "fn": lambda ctx: {"text": ctx.input, "length": len(ctx.input)}},
])
r = wf.execute("  hello  ")
shown(r.success, r.error, JSON.stringify(r.output), r.text)
for s in r.steps:
    shown(s.name, s.kind, s.status)
# Each gets what the one before has found, where it has no input of its own.
r = Workflow.pipeline(steps=[
    {"name": "a", "fn": lambda ctx: ctx.input + 1},
    {"name": "b", "fn": lambda ctx: ctx.input * 2},
    {"name": "c", "fn": lambda ctx: ctx.input - 3},
]).execute(4)
shown(r.output, r.outputs.a, r.outputs.b, r.outputs.c)


def no(ctx):
    raise LLMSpellError("no", code="script_error")


r = Workflow.pipeline(steps=[{"name": "a", "fn": no}, {"name": "b", "fn": lambda ctx: ctx.input}]).execute(4)
shown(r.success, r.error, len(r.steps))
