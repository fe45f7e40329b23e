seen = []


def show(*values):
    print(*("nil" if it is None else str(it).lower() if isinstance(it, bool) else it for it in values), sep="\t")


def says(name, **more):
    def fn(ctx):
        seen.append(name)
        return (ctx.previous or "start") + ">" + name

    return {"name": name, "fn": fn, **more}


def fails(name, more=None):
    def fn(ctx):
        seen.append(name)
        raise LLMSpellError("broken " + name, code="script_error")

    return says(name, **{"fn": fn, "on_error": more})


def shown(r):
    rows = [s.name + "=" + s.status for s in r.steps]
    show(r.success, r.error, r.error_code, " ".join(rows), ",".join(seen))
    seen.clear()
    return r


def pity(ctx):
    raise LLMSpellError("pity", code="script_error")


r = shown(Workflow.sequential(steps=[says("a"), says("b"), says("c")]).execute())
show(r.output, r.outputs.a, r.outputs.b, r.text)
# What follows a failing step is not done,
r = shown(Workflow.sequential(name="stops", steps=[says("a"), fails("b"), says("c")]).execute())
show(r.outputs.a, r.outputs.get("b"), r.outputs.get("c"), r.steps[1].error, r.steps[1].error_code, r.metadata.failed_steps, r.metadata.skipped_steps)
# unless the workflow or the step says so.
r = shown(Workflow.sequential(error_strategy="continue", steps=[says("a"), fails("b"), says("c")]).execute())
r = shown(Workflow.sequential(steps=[says("a"), fails("b", "continue"), says("c")]).execute())
r = shown(Workflow.sequential(error_strategy="continue", steps=[says("a"), fails("b", "fail_fast"), says("c")]).execute())
r = shown(Workflow.sequential(steps=[says("a"), {"name": "b", "optional": True, "fn": pity}, says("c")]).execute())
show(r.success, r.metadata.failed_steps)
# A step with a condition is skipped where it does not hold.
r = shown(Workflow.sequential(steps=[says("a"), says("b", condition="never"), says("c", condition=lambda ctx: ctx.output("a") == "start>a")]).execute())
# A workflow can be executed again, also while it is at work.
again = Workflow.sequential(name="again", steps=[{"name": "n", "fn": lambda ctx: ctx.input.n * 10}])
print(*Async.all([lambda n=n: again.execute(n=n).output for n in range(1, 6)]))
show(again.run(n=7).output, again.invoke(n=8).output, again.execute_async(n=9).output, Workflow.execute(again, {"n": 6}).output)
