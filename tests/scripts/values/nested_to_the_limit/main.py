Tool.create({"name": "echo", "description": "d", "parameters": {}, "execute": lambda p: {"value": p["value"]}})
def nest(depth):
    v = "bottom"
    for _ in range(depth):
        v = [v]
    return v
def depth_of(v):
    n = 0
    while isinstance(v, list):
        v, n = v[0], n + 1
    return n
print(depth_of(Tool.execute("echo", {"value": nest(40)}).result["value"]))
try:
    Tool.execute("echo", {"value": nest(64)})
except LLMSpellError as e:
    print("false", e.code, sep="\t")
