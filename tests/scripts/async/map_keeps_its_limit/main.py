now = most = 0
def work(_):
    global now, most
    now += 1
    most = max(most, now)
    Async.sleep(0.001)
    now -= 1
Async.map(range(12), work, {"limit": 3})
print(most)
started = []
def note(n):
    started.append(n)
    Async.sleep(0)
    return n
Async.map([1, 2, 3, 4], note, limit=1)
print(JSON.stringify(started))
try:
    Async.map([1], print, {"limit": -1})
except LLMSpellError as e:
    print("false", e.code, sep="\t")
