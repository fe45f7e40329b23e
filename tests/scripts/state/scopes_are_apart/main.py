def low(v):
    return str(v).lower()
State.set("k", "global")
for scope in ("user:1", "session:s", "agent:a", "tool:t", "workflow:w", "custom:c", "mine"):
    State.save(scope, "k", scope)
for scope in ("global", "user:1", "user:2", "session:s", "agent:a", "tool:t", "workflow:w", "custom:c", "custom:mine", "mine"):
    print(scope, State.load(scope, "k") or "nothing", sep="\t")
print(State.get("k", None, "user:1"), low(State.exists("k", scope="user:2")), sep="\t")
print(low(State.delete("user:1", "k")), low(State.load("user:1", "k") is None), State.get("k"), sep="\t")
