saw = None
def slow(p):
    global saw
    try:
        Async.sleep(60)
    except LLMSpellError as e:
        saw = e.code
        raise
Tool.create({"name": "slow", "description": "d", "parameters": {}, "execute": slow})
try:
    Async.timeout(0.05, lambda: Tool.execute("slow", {}))
except LLMSpellError as e:
    print("false", e.code, sep="\t")
for _ in range(100):
    if saw:
        break
    Async.sleep(0.01)
print(saw)
