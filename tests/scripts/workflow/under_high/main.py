# Workflows need no grant; what is in them does. Nothing is kept outside.
def shown(*values):
    print(*("nil" if it is None else str(it).lower() if isinstance(it, bool) else it for it in values), sep="\t")


def f(ctx):
    ctx.set("n", 2)
    return ctx.get("n")


try:
    state = State
except NameError:
    state = None
r = Workflow.sequential(name="pure", shared_data={"n": 1}, steps=[{"name": "f", "fn": f}, {"name": "t", "template": "n is {{shared.n}}"}]).execute()
shown(r.success, r.error, r.output, state)
r = Workflow.sequential(steps=[{"name": "tool", "tool": "file-operations", "input": {"operation": "read", "path": "x"}}]).execute()
shown(r.success, r.error_code)
