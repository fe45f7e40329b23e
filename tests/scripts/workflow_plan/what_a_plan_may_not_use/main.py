import json


def plan(step, **fields):
    text = json.dumps({"name": "p", "type": "sequential", "steps": [step]})
    given = {"goal": "g", "tools": ["calculator"], "repairs": 0, "model": {"scripted": [{"text": text}]}, **fields}
    try:
        print("ok", Workflow.plan(**given).workflow.name, sep="\t")
    except Exception as error:
        problems = error.details.get("problems")
        if problems:
            print(error.code, problems[0]["path"], problems[0]["message"], sep="\t")
        else:
            print(error.code, "nil", "nil", sep="\t")


sum_ = {"name": "a", "tool": "calculator", "input": {"input": "1"}}
plan(sum_)
plan({"name": "a", "tool": "file-operations", "input": {"operation": "read", "path": "x"}})
plan({"name": "a", "fn": "os.exit()"})
plan({"name": "a", "workflow": {"name": "in", "steps": [{"name": "b", "tool": "hash-calculator"}]}})
Workflow.register(Workflow.sequential(name="mine", steps=[sum_]))
plan({"name": "a", "workflow": "mine"})
plan({"name": "a", "tool": "calculator", "fallback": {"name": "f", "tool": "hash-calculator"}})
plan(sum_, tools=[])
plan(sum_, tools=["calculater"])
plan(sum_, agents=["nobody"])
plan(sum_, goal="")
plan(sum_, max_steps=0)
plan(sum_, model="no-such/model")
