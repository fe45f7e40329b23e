def low(v):
    return str(v).lower()
print(low(State.get("k") is None), State.get("k", "default"), low(State.exists("k")), sep="\t")
State.set("k", {"a": 1})
print(JSON.stringify(State.get("k")), low(State.exists("k")), sep="\t")
State.set("k", "new")
print(State.get("k"))
print(low(State.delete("k")), low(State.delete("k")), low(State.exists("k")), sep="\t")
