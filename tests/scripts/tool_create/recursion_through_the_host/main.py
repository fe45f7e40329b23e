def fact(p):
    return 1 if p["n"] <= 1 else p["n"] * Tool.execute("fact", {"n": p["n"] - 1}).result
Tool.create({"name": "fact", "description": "d", "parameters": {"n": "integer"}, "execute": fact})
print(Tool.execute("fact", {"n": 12}).result)
