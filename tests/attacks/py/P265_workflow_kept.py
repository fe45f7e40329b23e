# id: P265_workflow_kept
# tries: workflows, builders, shared data and outputs by the megabyte, kept in the host
# class: memory
# expect: killed
# limit: 5
big = "x" * 1000000


def fn(ctx):
    return big


def tried(do):
    try:
        return do()
    except Exception:
        return None


kept = []
for i in range(100000):
    wf = tried(lambda: Workflow.sequential(name=f"w{i}", description=big, shared_data={"k": big}, steps=[{"name": "a", "fn": fn, "input": big}]))
    if wf is not None:
        kept.append(wf)
        tried(lambda: Workflow.register(wf))
        tried(lambda: wf.set_shared_data(f"k{i}", big))
        tried(lambda: wf.execute(big))
        tried(lambda: wf.on_after_execute(fn))
    b = Workflow.builder(f"b{i}").loop().with_range(1, 1000000).aggregation("all")
    for _ in range(20):
        tried(lambda: b.add_step({"name": "s", "fn": fn, "input": big}))
    kept.append(b)
    tried(lambda: Workflow.loop(range={"start": 1, "end": 1000000}, max_iterations=1000000, steps=[{"name": "a", "fn": fn}]).execute())
    tried(lambda: Workflow.map(collection=[big] * 3, steps=[{"name": "a", "template": "{{loop.item}}" * 3}], output=["{{steps.a}}"] * 2).execute())
print("done")
