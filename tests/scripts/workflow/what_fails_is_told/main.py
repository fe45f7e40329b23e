def show(*values):
    print(*("nil" if it is None else str(it).lower() if isinstance(it, bool) else it for it in values), sep="\t")


def shown(what, r):
    rows = [s.name + "=" + s.status for s in r.steps]
    show(what, r.success, r.error, r.error_code, " ".join(rows), r.text == r.error)


def ok(ctx):
    return 1


def raising(message, code="script_error", **more):
    def fn(ctx):
        raise LLMSpellError(message, code=code, **more)

    return fn


def both(what, step, **more):
    shown(what, Workflow.sequential(name="wf", steps=[step, {"name": "next", "fn": ok}], **more).execute())


# A function that raises: a text, a table, a mistake of its own.
both("text", {"name": "f", "fn": raising("out of luck")})
both("table", {"name": "f", "fn": raising("my message", "my_code", hint="my hint")})
r = Workflow.sequential(steps=[{"name": "f", "fn": lambda ctx: None.y}]).execute()
show("bug", r.success, r.error_code, r.error is not None)
both("returns a function", {"name": "f", "fn": lambda ctx: ok})
# A tool that raises, that is not allowed what it asks for, that is given the wrong parameters.
both("tool", {"name": "t", "tool": "calculator", "input": {"input": "1 / 0"}})
both("params", {"name": "t", "tool": "calculator", "input": {"inptu": "1"}})
both("own tool", {"name": "t", "tool": {"name": "mine", "execute": raising("tool broke", "tool_code")}})
# An agent whose model fails.
both("agent", {"name": "ag", "input": "hi", "agent": Agent.create(name="sick", retries=0, model={"scripted": [{"error": 401}]})})
# A condition that raises, in each place.
raises = raising("no idea", "cond")
both("step condition", {"name": "c", "fn": ok, "condition": raises})
shown("branch", Workflow.conditional(branches=[{"name": "b", "condition": raises, "steps": [{"name": "x", "fn": ok}]}], default=[{"name": "d", "fn": ok}]).execute())
shown("while", Workflow.loop({"while": raises, "steps": [{"name": "x", "fn": ok}]}).execute())
shown("break", Workflow.loop(collection=[1, 2], break_condition=raises, steps=[{"name": "x", "fn": ok}]).execute())
shown("edge", Workflow.dag(steps=[{"name": "x", "fn": ok}, {"name": "y", "fn": ok}], edges=[{"from": "x", "to": "y", "condition": raises}]).execute())
shown("expression", Workflow.conditional(condition="input.n > 3", then_steps=[{"name": "x", "fn": ok}]).execute(n="text"))
shown("missing", Workflow.conditional(condition="input.n > 3", then_steps=[{"name": "x", "fn": ok}]).execute(m=1))
# What a loop goes through is no list.
shown("collection", Workflow.loop(collection="{{input.x}}", steps=[{"name": "x", "fn": ok}]).execute(x=5))
# An input that is not as it must be.
schema = {"type": "object", "required": ["title"], "properties": {"title": {"type": "string"}}}
strict = Workflow.sequential(name="strict", input_schema=schema, steps=[{"name": "x", "fn": ok}])
try:
    strict.execute(titel="x")
except InvalidParams as e:
    show("input_schema", e.code, e.message, e.details.path)
shown("twin", strict.execute(title="x"))
