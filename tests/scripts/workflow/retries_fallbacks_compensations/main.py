log = []
note = log.append


def show(*values):
    print(*("nil" if it is None else str(it).lower() if isinstance(it, bool) else it for it in values), sep="\t")


def shown(what, r):
    rows = [f"{s.name}={s.status}*{s.attempts}" for s in r.steps]
    show(what, r.success, r.error, r.error_code, " ".join(rows), ",".join(log))
    log.clear()
    return r


def failing_until(n, code="flaky"):
    def fn(ctx):
        note(f"try{ctx.attempt}")
        if ctx.attempt < n:
            raise LLMSpellError("not yet", code=code)
        return f"after {ctx.attempt}"

    return fn


def one(**step):
    return Workflow.sequential(name="one", steps=[step]).execute()


# Retries: a number, or a table.
r = shown("retry 2", one(name="a", fn=failing_until(3), retry=2))
show(r.output)
shown("retry 1", one(name="a", fn=failing_until(3), retry=1))
shown("backoff", one(name="a", fn=failing_until(4), retry={"attempts": 4, "backoff_ms": 1, "factor": 2, "max_backoff_ms": 3}))
shown("on", one(name="a", fn=failing_until(3), retry={"attempts": 5, "on": ["flaky", "timed_out"]}))
shown("not on", one(name="a", fn=failing_until(3, "other"), retry={"attempts": 5, "on": ["flaky"]}))
shown("of the workflow", Workflow.sequential(retry=1, steps=[{"name": "a", "fn": failing_until(2)}, {"name": "b", "fn": failing_until(3), "retry": 2}]).execute())
shown("strategy", Workflow.sequential(error_strategy="retry", steps=[{"name": "a", "fn": failing_until(2)}]).execute())
shown("on_error", one(name="a", fn=failing_until(2), on_error="retry"))


# Fallbacks: a step in its place, a step by its name.
def raising(message, code, noted=""):
    def fn(ctx):
        if noted:
            note(noted)
        raise LLMSpellError(message, code=code)

    return fn


def giving(value, noted=""):
    def fn(ctx):
        if noted:
            note(noted)
        return value

    return fn


broken = raising("broken", "mine", "broken")
r = shown("fallback", one(name="a", fn=broken, fallback={"name": "b", "fn": giving("instead", "b")}))
show(r.outputs.a, r.steps[0].recovered)
r = shown("on_error", one(name="a", fn=broken, on_error={"fallback": {"tool": "calculator", "input": {"input": "1 + 1"}}}))
show(r.outputs.a.result)
r = shown("by name", Workflow.sequential(steps=[{"name": "a", "fn": broken, "on_error": "plan_b"}, {"name": "c", "fn": lambda ctx: ctx.output("a") + "!"}, {"name": "plan_b", "fn": giving("B", "plan_b")}]).execute())
show(r.outputs.c)
r = shown("not needed", Workflow.sequential(steps=[{"name": "a", "fn": giving("A"), "fallback": "plan_b"}, {"name": "plan_b", "fn": giving("B", "plan_b")}]).execute())
r = shown("both fail", one(name="a", fn=broken, fallback={"name": "b", "fn": raising("worse", "worse")}))


# Compensations: what was done is undone, the last first.
def undo(name):
    return lambda ctx: note(f"undo {name} {ctx.output(name)}")


def does(name, **more):
    return {"name": name, "fn": giving(name.upper(), name), "compensate": undo(name), **more}


r = shown("saga", Workflow.sequential(steps=[does("flight"), does("hotel"), does("car"), {"name": "pay", "fn": broken, "compensate": undo("pay")}]).execute())
shown("all well", Workflow.sequential(steps=[does("flight"), does("hotel")]).execute())
shown("goes on", Workflow.sequential(error_strategy="continue", steps=[does("flight"), {"name": "pay", "fn": broken}]).execute())
shown("a step", Workflow.sequential(steps=[does("flight", compensate={"name": "cancel", "fn": giving(None, "cancelled")}), {"name": "pay", "fn": broken}]).execute())
r = shown("fails itself", Workflow.sequential(steps=[does("flight"), does("hotel", compensate=raising("cannot undo", "stuck")), {"name": "pay", "fn": broken}]).execute())
show(r.error, r.steps[-2].error, r.steps[-1].error)
shown("dag", Workflow.dag(max_concurrency=1, steps=[does("a"), does("b", depends_on=["a"]), {"name": "c", "fn": broken, "depends_on": ["b"]}]).execute())
