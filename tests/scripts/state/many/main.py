def low(*values):
    print(*(str(v).lower() if isinstance(v, bool) else "nil" if v is None else v for v in values), sep="\t")
State.set_many({"a": 1, "b": [2], "c": "3"}, "user:1")
found = State.get_many(["a", "c", "none"], "user:1")
low(found["a"], found["c"], "none" not in found)
low(State.decr("a", 3, "user:1"), State.decr("fresh"))
try:
    State.set_many({"a": 7, "f": print}, "user:1")
except Exception as e:
    low(False, e.code, State.load("user:1", "a"))
print(JSON.stringify(State.scopes()))
low(State.usage("user:1")["entries_count"], State.get_storage_usage()["entries_count"], State.usage()["bytes_used"] > 20)
low(State.clear("user:1"), JSON.stringify(State.scopes()))
# Nothing of our own is seen under a name that a script can say.
low(State.version("user:1"), len(State.keys("", "llmspell:state:versions")), len(State.keys("", "llmspell:sessions:records")))
try:
    for i in range(100):
        State.save("big", "k" + str(i), "x" * 1000)
except StoreError as e:
    low(False, e.code, e.details["setting"], len(State.list_keys("big")) > 10)
low(State.clear("big") > 10, State.save("big", "k", "fits"), State.load("big", "k"))
