cycle = {}
cycle["me"] = cycle
Tool.create({"name": "cyclic", "description": "d", "parameters": {}, "execute": lambda p: cycle})
try:
    Tool.execute("cyclic", {})
except LLMSpellError as e:
    print("false", e.code, sep="\t")
