t = {"inner": {}}
t["inner"]["back"] = t
try:
    Tool.execute("json-processor", {"operation": "format", "input": t})
except LLMSpellError as e:
    print("false", e.code, sep="\t")
    print(str(".input.inner.back" in e.message).lower())
