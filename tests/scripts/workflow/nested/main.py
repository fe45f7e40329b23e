def shown(*values):
    print(*("nil" if it is None else str(it).lower() if isinstance(it, bool) else it for it in values), sep="\t")


def leaf(name):
    return {"name": name, "fn": lambda ctx: (ctx.input or "") + name}


def peek(ctx):
    ctx.set("mine", 1)
    return ctx.get("secret") or "nothing"


# Workflows in workflows, each with an input of its own; what is inside sees nothing of what is around it.
inner = Workflow.parallel(name="inner", steps=[leaf("x"), leaf("y")])
outer = Workflow.sequential(name="outer", shared_data={"secret": "s"}, steps=[
    {"name": "first", "workflow": inner, "input": "1"},
    {"name": "second", "workflow": inner, "input": "{{steps.first.outputs.x}}"},
    {"name": "own", "workflow": {"steps": [{"name": "peek", "fn": peek}]}},
    {"name": "mine", "fn": lambda ctx: ctx.get("mine") or "nothing"},
])
r = outer.execute()
shown(r.success, r.error, r.outputs.first.outputs.x, r.outputs.second.outputs.y, r.outputs.own.output, r.outputs.mine)
shown(r.outputs.first.metadata.workflow_name, r.steps[0].kind)


# One that fails fails its step, and says which.
def trouble(ctx):
    raise LLMSpellError("deep trouble", code="mine")


bad = Workflow.sequential(name="bad", steps=[{"name": "deep", "fn": trouble}])
r = Workflow.sequential(name="around", steps=[{"name": "sub", "workflow": bad}]).execute()
shown(r.success, r.error, r.error_code, r.steps[0].error)
r = Workflow.sequential(steps=[{"name": "sub", "workflow": bad, "on_error": "continue"}, leaf("after")]).execute()
shown(r.success, r.outputs.after)
# A registered one that names itself, or another that names it, does not go on for ever.
Workflow.register(Workflow.sequential(name="later", steps=[leaf("z")]))
itself = Workflow.sequential(name="itself", steps=[{"name": "again", "workflow": "later"}])
Workflow.register("later", itself)
try:
    itself.execute()
except WorkflowStopped as e:
    shown(True, False, e.code, e.message, e.hint)


# 20 deep is well, 1,000 deep is refused.
def nested(n):
    wf = Workflow.sequential(name="level0", steps=[leaf("end")])
    for i in range(1, n + 1):
        wf = Workflow.sequential(name=f"level{i}", steps=[{"name": "down", "workflow": wf}])
    return wf


r = nested(20).execute("the ")
deep = r
for _ in range(20):
    deep = deep.outputs.down
shown(r.success, deep.outputs["end"], r.text)
try:
    nested(1000)
except LLMSpellError as e:
    shown(False, e.code, e.message, e.hint)


def table_of(n):
    t = {"steps": [leaf("end")]}
    for _ in range(n):
        t = {"steps": [{"name": "down", "workflow": t}]}
    return t


shown(Workflow.from_table(table_of(8)).type)
try:
    Workflow.from_table(table_of(1000))
except LLMSpellError as e:
    shown(False, e.code)
