# id: P266_workflow_doubling
# tries: values that double with each step, which are small where they are shared and huge where they are copied
# class: memory
# expect: killed
# limit: 5
def tried(do):
    try:
        return do()
    except Exception:
        return None


def doubling(n, value):
    steps = [{"name": "s0", "fn": lambda ctx: "x"}]
    for i in range(1, n + 1):
        inner = {"steps": [{"name": "in", "template": "{{workflow.name}}"}], "output": "{{input}}"}
        steps.append({"name": f"s{i}", "input": value, "workflow": inner})
    return Workflow.sequential(name="doubling", steps=steps)


for value in ({"a": "{{previous}}", "b": "{{previous}}"}, ["{{previous.output}}", "{{previous.output}}"]):
    for n in (3, 25, 60, 1000):
        r = tried(lambda: doubling(n, value).execute())
        print(n, r is not None and r.success)
text = [{"name": "s0", "template": "{{workflow.name}}" + "x" * 16}] + [{"name": f"s{i}", "template": "{{previous}}{{previous}}"} for i in range(60)]
text = [{**it, "name": f"t{i}"} for i, it in enumerate(text)]
r = tried(lambda: Workflow.sequential(steps=text).execute())
print(r is not None and r.success)
wf = Workflow.sequential(name="w", steps=[{"name": "a", "template": "{{workflow.name}}"}], output=["{{input}}", "{{input}}"])
for _ in range(31):
    outer = tried(lambda: Workflow.sequential(name="w", steps=[{"name": "a", "workflow": wf}], output=["{{steps.a.output}}"] * 3))
    wf = outer or wf
r = tried(lambda: wf.execute("x"))
print(r is not None and r.success)
while True:
    tried(lambda: Workflow.loop(while_="always", max_iterations=1000000, steps=[{"name": "a", "template": "{{workflow.name}}"}]).execute())
