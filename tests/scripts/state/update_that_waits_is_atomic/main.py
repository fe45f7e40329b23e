State.set("n", 0)
def add(v):
    Async.sleep(0)
    Tool.execute("calculator", {"input": "1"})
    return v + 1
Async.map(range(10), lambda _: State.update("n", add), limit=10)
print(State.get("n"))
