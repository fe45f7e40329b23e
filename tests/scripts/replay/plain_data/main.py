def show(*values):
    print(*(str(v).lower() if isinstance(v, bool) else v for v in values), sep="\t")
def fails(fn, *args):
    try:
        fn(*args)
        print("true\t\t")
    except Exception as e:
        print("false", e.code, e.message, sep="\t")
for it in Replay.modes():
    show(it["name"], it["command"])
config = Replay.create_config()
show(config["mode"], len(config["modifications"]), config["compare_with"], config["ignore"][0], config["offset"], config["limit"])
change = Replay.createModification("result", "0:3.rows.1", {"a": 1})
show(change["kind"], change["target"], change["value"]["a"], change["enabled"])
show(Replay.createConfig("modified", {"modifications": [change], "limit": 5})["limit"])
by = Replay.createComparator({"ignore": ["at"]})
for it in by.compare({"a": 1, "at": 1, "list": [1, 2]}, {"a": 2, "at": 2, "list": [1]}):
    print(it)
show(len(by.compare({"at": 1}, {"at": 2})), len(Replay.create_comparator().compare({"at": 1}, {"at": 2})))
fails(Replay.create_config, "strict")
fails(Replay.create_config, "exat")
fails(Replay.create_config, "exact", {"modifications": [change]})
fails(Replay.create_config, "modified")
fails(Replay.create_config, "compare")
fails(Replay.create_config, "exact", {"speed": 2})
fails(Replay.create_modification, "answer", "0:1", 1)
fails(Replay.create_modification, "error", "0:1", 1)
fails(Replay.create_modification, "result", "", 1)
fails(Replay.create_modification, "result", "0:1", [print])
fails(Replay.create_comparator, {"ignore": "at"})
fails(Replay.run, "last")
fails(Replay.run, "20260101-000000-00000000")
fails(Replay.run, Run.id, {"modifications": [{"kind": "result", "target": "9:9"}], "mode": "modified"})
outcome = Replay.run(Run.id)["outcome"]
print("nil" if outcome is None else outcome, len(Run.labels()), sep="\t")
