Tool.create({"name": "typed", "description": "d", "parameters": {"n": "integer", "note": "string?"}, "execute": lambda p: p["n"] + 1})
print(Tool.execute("typed", {"n": 1}).result)
for p in [{}, {"n": "x"}, {"n": 1, "other": 2}, {"n": 1, "note": 5}]:
    try:
        Tool.execute("typed", p)
    except LLMSpellError as e:
        print("false", e.code, sep="\t")
        print(e.message)
