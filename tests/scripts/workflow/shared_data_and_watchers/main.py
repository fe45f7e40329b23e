def shown(*values):
    print(*("nil" if it is None else str(it).lower() if isinstance(it, bool) else it for it in values), sep="\t")


def add(ctx):
    ctx.set("n", (ctx.get("n") or 0) + ctx.input.by)
    if ctx.input.get("fail"):
        raise LLMSpellError("told to", code="mine")
    return ctx.get("n")


wf = Workflow.sequential(name="watched", steps=[
    {"name": "add", "fn": add},
    {"name": "after", "fn": lambda ctx: f"after {ctx.get('n')}"},
])
# Functions are told before and after each execution, in the order in which they were added.
shown(wf.on_before_execute(lambda m: shown("before", m.workflow, m.type, JSON.stringify(m.input), m.get("result"))).name)
wf.on_after_execute(lambda m: shown("after", m.workflow, m.success, m.output))
wf.onAfterExecute(lambda m: shown("after too", m.type, m.metadata.workflow_name))
wf.on_error(lambda m: shown("error", m.error, m.error_code, m.success))
shown(wf.get_output("add"), JSON.stringify(wf.get_all_outputs()), wf.get_shared_data("n"))
shown(wf.execute(by=2).output)
shown(wf.get_output("add"), wf.get_output("after"), wf.get_output("none"), JSON.stringify(wf.get_all_outputs()), JSON.stringify(wf.get_shared_data()))
shown(wf.execute(by=3, fail=True).success)
# Shared data that was set is what each execution begins with.
wf.set_shared_data("n", 100)
shown(wf.get_shared_data("n"), wf.execute(by=1).output)
wf.setSharedData({"n": 200, "other": "x"})
shown(wf.getSharedData("other"), wf.execute(by=5).outputs.add, wf.getOutput("after"), wf.getAllOutputs().add)
wf.set_shared_data("other", None)
shown(wf.get_shared_data("other"))
try:
    wf.set_shared_data("f", print)
except BadArgument as e:
    shown(False, e.code, e.message)


# A watcher that fails changes nothing.
def nervous(m):
    raise LLMSpellError("nervous", code="script_error")


calm = Workflow.sequential(name="calm", steps=[{"name": "x", "fn": lambda ctx: 1}])
calm.on_before_execute(nervous)
shown(calm.execute().success)


# Steps at the same time keep each other's keys, and read what is there now.
def waits(ctx):
    for _ in range(10000):
        if ctx.get("k9"):
            return f"{ctx.shared.get('k9', 'nil')} {ctx.get('k9')}"
        Tool.list()


def sets(i):
    return {"name": f"s{i}", "fn": lambda ctx: ctx.set(f"k{i}", i)}


wf = Workflow.parallel(name="many", steps=[{"name": "waits", "fn": waits}, *map(sets, range(1, 10))])
shown(wf.execute().outputs.waits, JSON.stringify(wf.get_shared_data()))
