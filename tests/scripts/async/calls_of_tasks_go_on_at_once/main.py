waiting = most = 0
def slow(p):
    global waiting, most
    waiting += 1
    most = max(most, waiting)
    Async.sleep(0.02)
    waiting -= 1
    return "ok"
Tool.create({"name": "slow", "description": "d", "parameters": {}, "execute": slow})
Async.map([1, 2, 3, 4, 5], lambda _: Tool.execute("slow", {}).result, {"limit": 5})
print(most)
