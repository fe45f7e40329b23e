# The second run looks at what the first one said: as it was, told otherwise, and beside itself.
def show(*values):
    print(*(str(v).lower() if isinstance(v, bool) else v for v in values), sep="\t")
n = State.get("n") or 1
sum_ = Tool.execute("calculator", {"input": f"{n} + 1"})["text"]
show(n, sum_)
State.set("n", n + 1)
if n == 2:
    shown = Replay.run("last")
    show(shown["mode"], shown["outcome"], shown["more"], len(shown["calls"]), shown["run_id"] != Run.id)
    for it in shown["calls"]:
        show(it["key"], it["kind"], it["target"], it["method"], it["modified"])
    show(shown["calls"][1]["args"][0], shown["calls"][1]["args"][1]["input"], shown["calls"][1]["result"]["text"])
    last = Run.labels()[-1]
    show(last["label"], last["source"])

    change = Replay.create_modification("result", "0:2.text", "three")
    failed = Replay.create_modification("error", "State.set", "no room")
    off = Replay.create_modification("result", "0:1", 7, False)
    told = Replay.run("last", Replay.create_config("modified", modifications=[change, failed, off]))["calls"]
    show(told[0]["modified"], told[1]["result"]["text"], told[2]["error"]["message"], told[2]["result"] is None)
    part = Replay.run(shown["run_id"], {"offset": 1, "limit": 1})
    show(len(part["calls"]), part["calls"][0]["key"], part["offset"], part["more"])

    asked = {"mode": "compare", "compare_with": Run.id, "ignore": ["duration_ms"]}
    found = Replay.run("last", asked)["comparison"]
    show(found["same"], found["compared"], len(found["only_first"]), len(found["only_second"]) > 0)
    for it in found["differences"]:
        show(it["key"], it["part"], it["lines"][0])
    by = Replay.create_comparator()
    same = by.compare_runs("last", "last")
    show(same["same"], same["compared"], len(same["differences"]))
