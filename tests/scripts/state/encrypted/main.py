# Encryption changes nothing that a script sees, sessions and artifacts included.
k = State.get("k", "none")
print(JSON.stringify(k) if isinstance(k, dict) else k, State.incr("n"), sep="\t")
State.set("k", {"secret": "canary-51c7"})
State.update("list", lambda v: [*(v or []), len(v or [])])
print(JSON.stringify(State.all()))
id = "s" if Session.get("s") else Session.create(id="s")
print(Artifact.store(id, "t", "n", "canary-51c7")["sequence"], len(Artifact.list(id)), Artifact.get(id, "n")["content"], sep="\t")
