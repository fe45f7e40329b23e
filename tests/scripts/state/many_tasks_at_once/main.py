# Tasks at once lose nothing; after each part nothing is left.
def forget():
    for it in State.scopes():
        State.clear(it)

print("-- incr from many tasks loses nothing")
Async.map(range(50), lambda _: State.incr("n"), limit=50)
print(State.get("n"))
forget()

print("-- update that waits is atomic")
State.set("n", 0)
def add(v):
    Async.sleep(0)
    Tool.execute("calculator", {"input": "1"})
    return v + 1
Async.map(range(10), lambda _: State.update("n", add), limit=10)
print(State.get("n"))
forget()
