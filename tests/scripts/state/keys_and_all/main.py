for k in ("user.b", "user.a", "other"):
    State.set(k, k.upper())
print(JSON.stringify(State.keys()))
print(JSON.stringify(State.keys("user.")))
print(JSON.stringify(State.keys("*.a")))
print(JSON.stringify(State.all()))
print(JSON.stringify(State.list_keys()))
print(JSON.stringify(State.list_keys("global", "user.*")))
print(JSON.stringify(State.keys("nothing")))
