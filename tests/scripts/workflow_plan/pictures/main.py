def step(name, **more):
    return {"name": name, "tool": "calculator", "input": {"input": "1"}, **more}


wf = Workflow.dag(
    name='a "graph"',
    steps=[
        step("end"),
        step("x]"),
        step("both", depends_on=["end", "x]"]),
        {"name": "fn", "fn": lambda step: 1, "depends_on": ["both"]},
    ],
)
print(wf.show(), wf.to_mermaid(), wf.to_dot(), sep="", end="")
try:
    wf.to_toml()
except Exception as error:
    print("false", error, sep="\t")
plain = Workflow.sequential(name="plain", steps=[step("a")])
print(plain.to_toml(), end="")
