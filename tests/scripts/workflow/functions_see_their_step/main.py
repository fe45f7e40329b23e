def shown(*values):
    print(*("nil" if it is None else str(it).lower() if isinstance(it, bool) else it for it in values), sep="\t")


def keys(t):
    return ",".join(sorted(t or {}))


def a(ctx):
    shown(ctx.step, ctx.workflow, JSON.stringify(ctx.input), JSON.stringify(ctx.workflow_input), ctx.previous, keys(ctx.outputs), ctx.loop, ctx.attempt)
    return {"text": "from a", "list": [1, 2]}


def b(ctx):
    shown(ctx.step, ctx.input.n, ctx.input["from"][1], ctx.workflow_input.title, ctx.previous.text, ctx.output("a").text, ctx.outputs.a.list[0], keys(ctx.outputs))
    # Shared data: a picture of how it is, and what changes it.
    shown(ctx.shared.n, ctx.get("n"), ctx.get("none"), ctx.get("none", "else"), ctx.output("later"), ctx.output("nothing"))
    ctx.set("n", 2)
    ctx.set("list", [1, {"k": "v"}])
    shown(ctx.shared.n, ctx.get("n"), JSON.stringify(ctx.get("list")), ctx.get_shared_data("n"))
    ctx.set("n", None)
    ctx.setSharedData("m", 3)
    shown(ctx.get("n"), ctx.getSharedData("m"))
    try:
        ctx.set("f", print)
    except BadArgument as e:
        shown(False, e.code, e.message)
    return "b"


def c(ctx):
    shown(keys(ctx.shared), keys(ctx.outputs), ctx.previous)
    return ctx.shared.m


wf = Workflow.sequential(name="seen", shared_data={"n": 1}, steps=[
    {"name": "a", "fn": a},
    {"name": "b", "input": {"n": 5, "from": "{{steps.a.list}}"}, "fn": b},
    {"name": "c", "fn": c},
])
r = wf.execute(title="T")
shown(r.success, r.error, r.output)


# Conditions, loops, and compensations get the same.
def break_condition(ctx):
    shown("break", ctx.loop.index, ctx.output("t"), ctx.workflow)
    return False


def condition(ctx):
    shown("if", ctx.step, ctx.loop.item)
    return True


def undo(ctx):
    shown("undo", ctx.step, ctx.output("one"), JSON.stringify(ctx.input))


def no(ctx):
    raise LLMSpellError("no", code="script_error")


r = Workflow.loop(name="turns", collection=["x", "y"], break_condition=break_condition, steps=[
    {"name": "t", "condition": condition, "fn": lambda ctx: f"{ctx.loop.index}{ctx.loop.item}{ctx.loop.number}"},
]).execute()
print(JSON.stringify(r.outputs.t))
r = Workflow.sequential(name="undone", steps=[{"name": "one", "fn": lambda ctx: 1, "compensate": undo}, {"name": "two", "fn": no}]).execute(k=1)
shown(r.success)
# A function may do all that a script may.
Tool.create(name="twice", description="Twice", parameters={"s": "string"}, execute=lambda p: p.s + p.s)


def slept():
    Async.sleep(0.001)
    return 2


r = Workflow.parallel(steps=[
    {"name": "tool", "fn": lambda ctx: Tool.execute("twice", s=ctx.input).result},
    {"name": "agent", "fn": lambda ctx: Agent.create(model="echo").execute(ctx.input).text},
    {"name": "workflow", "fn": lambda ctx: Workflow.sequential(steps=[{"name": "in", "fn": lambda c: c.input + "!"}]).execute(ctx.input).output},
    {"name": "tasks", "fn": lambda ctx: len(Async.all([lambda: 1, slept]))},
]).execute("hey")
shown(r.success, r.error, r.outputs.tool, r.outputs.agent, r.outputs.workflow, r.outputs.tasks)


# In a large workflow a function still sees what it depends on and the one before, and can ask for all.
def last(ctx):
    return [len(ctx.outputs), ctx.outputs.s7, ctx.outputs.s100, ctx.previous, ctx.output("s1"), ctx.output("s50")]


steps = [{"name": f"s{i}", "fn": lambda ctx, i=i: i} for i in range(1, 101)]
print(JSON.stringify(Workflow.dag(max_concurrency=1, steps=[*steps, {"name": "last", "fn": last, "depends_on": ["s7"]}]).execute().outputs.last))
