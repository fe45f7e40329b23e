def show(*values):
    print(*("nil" if it is None else str(it).lower() if isinstance(it, bool) else it for it in values), sep="\t")


order = []


def node(name, **more):
    def fn(ctx):
        order.append(name)
        return name

    return {"name": name, "fn": fn, **more}


def shown(what, input=None, **fields):
    order.clear()
    r = Workflow.dag(**{"max_concurrency": 1, **fields}).execute(input)
    rows = sorted(s.name + "=" + s.status for s in r.steps)
    show(what, r.success, ",".join(order), " ".join(rows), r.error)
    return r


# A diamond, however it is written.
shown("depends", steps=[node("d", depends_on=["b", "c"]), node("b", depends_on=["a"]), node("c", depends_on="a"), node("a")])
shown("edges", steps=[node("a"), node("b"), node("c"), node("d")], edges=[{"from": "a", "to": "b"}, {"from": "a", "to": "c"}, {"from": "b", "to": "d"}, {"from": "c", "to": "d"}])
# Data flows along.
r = shown("data", {"n": 21}, steps=[node("x", fn=lambda ctx: ctx.input.n), node("y", fn=lambda ctx: ctx.output("x") * 2, depends_on=["x"]), {"name": "z", "template": "{{x}} and {{steps.y}}", "depends_on": ["x", "y"]}])
show(r.outputs.z, r.outputs.y)


# An edge with a condition is taken when that holds; what no way leads to is skipped, and what follows it.
def routed(n):
    shown(f"n={n}", {"n": n}, steps=[node("a"), node("big"), node("small"), node("after_small"), node("join", depends_on=["a"])], edges=[
        {"from": "a", "to": "big", "condition": "input.n >= 10"},
        {"from": "a", "to": "small", "condition": lambda ctx: ctx.input.n < 10},
        {"from": "small", "to": "after_small"},
    ])


routed(5)
routed(50)
# Of several that hold, `route = "best"` takes the heaviest.
shown("best", steps=[node("a", route="best"), node("b"), node("c"), node("d")], edges=[
    {"from": "a", "to": "b", "condition": "always", "weight": 1}, {"from": "a", "to": "c", "condition": "always", "weight": 5}, {"from": "a", "to": "d", "condition": "never", "weight": 9},
])
# Where not all can be done at once, the heaviest go first.
shown("heavy", steps=[node("light"), node("heavy", weight=9), node("middle", weight=5)])


# A failing node.
def fails(ctx):
    raise LLMSpellError("node broke", code="mine")


shown("fails", steps=[node("a"), node("b", fn=fails, depends_on=["a"]), node("c", depends_on=["b"]), node("d", depends_on=["c"])])
shown("goes on", error_strategy="continue", steps=[node("b", fn=fails), node("c", depends_on=["b"]), node("other")])
shown("optional", steps=[node("b", fn=fails, optional=True), node("c", depends_on=["b"])])
# A graph in a graph.
r = shown("inner", steps=[node("a"), {"name": "sub", "depends_on": ["a"], "workflow": {"type": "dag", "steps": [node("s2", depends_on=["s1"]), node("s1")]}}, node("end", depends_on=["sub"])])
print(JSON.stringify(r.outputs.sub.outputs))
# Nodes of one level are done at once.
a, b = Async.channel(1), Async.channel(1)


def x(ctx):
    a.send(1)
    return b.receive()


def y(ctx):
    b.send(2)
    return a.receive()


r = Workflow.dag(steps=[{"name": "x", "fn": x}, {"name": "y", "fn": y}]).execute()
show(r.success, r.outputs.x, r.outputs.y)
