# Three runs: the first migrates, the second has nothing to do, and the third, which knows less, is refused.
n = State.incr("runs")
def name(tx):
    tx.set("first", tx.get("name", "ada"))
    tx.delete("name")
def count(tx):
    tx.set("n", len(tx.keys()))
steps = [{"version": 1, "up": name}, {"version": 2, "up": count}]
if n == 1:
    State.save("user:1", "name", "grace")
    print(State.version("user:1"), JSON.stringify(State.versions()), sep="\t")
    try:
        State.migrate("user:1", [steps[0], {"version": 2, "up": lambda tx: tx.clear()}])
    except Exception:
        print("false", State.version("user:1"), State.load("user:1", "name"), sep="\t")
    done = State.migrate("user:1", steps)
    print(done["scope"], done["from"], done["to"], JSON.stringify(done["steps"]), sep="\t")
    print(JSON.stringify(State.all("user:1")))
    more = [*steps, {"version": 7, "up": lambda tx: tx.incr("n"), "description": "later"}]
    print(State.migrate(scope="user:1", steps=more, to=7)["to"], State.load("user:1", "n"), sep="\t")
elif n == 2:
    print(State.version("user:1"), JSON.stringify(State.get_schema_versions()), sep="\t")
else:
    for given in (steps, [], [{"version": 1}], [{"version": 2, "up": count}, {"version": 1, "up": count}]):
        try:
            State.migrate("user:1", given)
        except Exception as e:
            print("false", e.code, e.message, sep="\t")
    print(State.clear("user:1"), State.version("user:1"), State.migrate("user:1", steps)["to"], sep="\t")
