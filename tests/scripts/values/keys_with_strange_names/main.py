State.set("k", {"": 1, "a b": 2, "ü": 3, "1": 4, "then": 5, "class": 6})
print(JSON.stringify(State.get("k")))
