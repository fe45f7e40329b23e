def show(*values):
    print(*("nil" if it is None else str(it).lower() if isinstance(it, bool) else it for it in values), sep="\t")


def step(fn, **more):
    return {"name": "turn", "fn": fn, **more}


def shown(r):
    show(r.success, JSON.stringify(r.outputs.get("turn")), JSON.stringify(r.output), r.metadata.get("iterations"), r.metadata.get("stopped_by"), r.error_code)
    return r


def item(ctx):
    return ctx.loop.item


# Ranges.
shown(Workflow.loop(name="numbers", range={"start": 1, "end": 4}, steps=[step(item)]).execute())
shown(Workflow.loop(range={"start": 0, "end": 10, "step": 5}, steps=[step(item)]).execute())
shown(Workflow.loop(range={"from": 3, "to": 1, "step": -1}, steps=[step(item)]).execute())
shown(Workflow.loop(range={"start": 1, "end": "{{input.n}}"}, steps=[step(item)]).execute(n=3))
# Collections: of values, of the input, of an earlier answer.
shown(Workflow.loop(collection=["a", "b"], steps=[step(lambda ctx: str(ctx.loop.index) + ctx.loop.item)]).execute())
shown(Workflow.loop(collection="{{input.names}}", steps=[step(lambda ctx: ctx.input, input="{{loop.index}}: {{loop.item.name}}")]).execute(names=[{"name": "Ada"}, {"name": "Bob"}]))
shown(Workflow.loop(collection=[], steps=[step(item)]).execute())


# While a function, a condition or an expression holds.
def count(ctx):
    ctx.set("n", (ctx.get("n") or 0) + 1)
    return ctx.get("n")


def once(ctx):
    ctx.set("stop", True)
    return "once"


shown(Workflow.loop({"while": lambda ctx: (ctx.shared.get("n") or 0) < 3, "steps": [step(count)]}).execute())
shown(Workflow.loop({"while": "shared.n < 2", "shared_data": {"n": 0}, "steps": [step(count)]}).execute())
shown(Workflow.loop(while_={"type": "not", "condition": {"type": "shared_data_exists", "key": "stop"}}, steps=[step(once)]).execute())
# It ends where it is told to, and in any case.
shown(Workflow.loop(collection=[1, 2, 3, 4], break_condition=lambda ctx: ctx.output("turn") == 2, steps=[step(item)]).execute())
shown(Workflow.loop(collection=[1, 2, 3, 4], break_condition="loop.item == 3", steps=[step(item)]).execute())
shown(Workflow.loop(while_="always", max_iterations=3, steps=[step(item)]).execute())
try:
    Workflow.loop(while_="always", steps=[{"name": "turn", "template": "{{loop.index}}"}]).execute()
except WorkflowStopped as e:
    show(False, e.code, e.message, e.hint, e.details.reason)
# What it answers with.
for aggregation in ("all", "last", "none"):
    shown(Workflow.loop(collection=[1, 2, 3], aggregation=aggregation, steps=[step(item)]).execute())


# Several steps a turn; one that fails ends it, unless it may go on.
def odd(ctx):
    if ctx.loop.item % 2 == 0:
        raise LLMSpellError("even", code="script_error")
    return ctx.loop.item


r = shown(Workflow.loop(collection=[1, 2, 3], steps=[step(odd), {"name": "second", "fn": lambda ctx: ctx.previous * 10}]).execute())
show(r.error, len(r.steps), r.steps[2].status, r.steps[2].iteration, r.steps[0].iteration)
shown(Workflow.loop(collection=[1, 2, 3], error_strategy="continue", steps=[step(odd)]).execute())
# A map is the same for many at a time; its answers are in the order of its items.
counts = {"now": 0, "most": 0}


def square(ctx):
    counts["now"] += 1
    counts["most"] = max(counts["most"], counts["now"])
    Async.sleep(ctx.loop.item / 2000)
    counts["now"] -= 1
    return ctx.loop.item**2


r = shown(Workflow.map(name="squares", collection=[5, 4, 3, 2, 1], max_concurrency=2, steps=[step(square)]).execute())
show(counts["most"], len(r.steps))
shown(Workflow.map(collection="{{input}}", steps=[{"name": "up", "tool": "text-manipulator", "input": {"operation": "uppercase", "input": "{{loop.item}}"}}, {"name": "turn", "template": "{{loop.index}}{{steps.up.text}}"}]).execute(["x", "y"]))
r = Workflow.map(collection=[1, 2, 3], fail_fast=True, steps=[step(odd)]).execute()
show(r.success, r.error_code)
r = shown(Workflow.map(collection=[1, 2, 3], error_strategy="continue", steps=[step(odd)]).execute())
show(r.error)
