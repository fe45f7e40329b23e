# Every point of state and of sessions is reached, and what hooks say there has its effect.
seen = []
def watch(point):
    Hook.register(point, lambda c: seen.append(point + " " + str(c["name"])))
for it in ("AfterStateRead", "AfterStateWrite", "StateMigration", "StateConflict"):
    watch(it)
def before_write(c):
    if c["input"]["key"] == "secret":
        return {"type": "cancel", "reason": "no secrets"}
    if c["input"]["key"] == "upper":
        return {"type": "modified", "data": {**c["input"], "value": c["input"]["value"].upper()}}
    if c["input"]["key"] == "left":
        return {"type": "replace", "data": "left out"}
def before_read(c):
    if c["input"]["key"] == "virtual":
        return {"type": "replace", "data": 42}
Hook.register("BeforeStateWrite", before_write)
Hook.register("BeforeStateRead", before_read)
State.set("upper", "text")
State.set("left", 1)
print(State.get("upper"), str(State.get("left") is None).lower(), State.get("virtual"), sep="\t")
try:
    State.set("secret", 1)
except Exception as e:
    print("false", e.code, e.message, sep="\t")
def both(tx):
    tx.set("upper", "more")
    tx.incr("n")
State.transaction(both)
print(State.get("upper"), State.get("n"), sep="\t")
State.migrate("user:1", [{"version": 1, "up": lambda tx: tx.set("k", 1)}])
tried = []
def meet(n):
    if not tried:
        tried.append(n)
        State.transaction(lambda tx: tx.set("n", 10))
    return n + 1
State.update("n", meet)
print(State.get("n"))
sessions = []
def watch_session(point):
    Hook.register(point, lambda c: sessions.append(point + " " + c["input"]["status"]))
for it in ("SessionStart", "SessionSave", "SessionCheckpoint", "SessionRestore", "SessionEnd"):
    watch_session(it)
id = Session.create(name="s")
Session.save(id)
Session.suspend(id)
Session.resume(id)
Session.complete(id)
print(", ".join(seen))
print(", ".join(sessions))
