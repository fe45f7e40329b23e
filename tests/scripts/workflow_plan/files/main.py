wf = Workflow.from_file("flow.toml")
print(wf.name, wf.type, sep="\t")
r = wf.execute(n=4)
print("true" if r.success else "false", r.outputs.ask.text, r.outputs.inner.output, sep="\t")
for path in ("broken.toml", "unknown.toml", "circle.toml", "gone.toml", "later.toml"):
    try:
        Workflow.from_file(path)
    except Exception as e:
        print("false", e.code, e.details.get("line", "nil"), e.message if "line" in e.details else "nil", sep="\t")
