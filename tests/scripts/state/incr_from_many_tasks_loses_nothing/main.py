Async.map(range(50), lambda _: State.incr("n"), limit=50)
print(State.get("n"))
