Tool.register({
    "name": "schema_tool", "description": "d",
    "parameters": {"type": "object", "properties": {"list": {"type": "array", "items": {"type": "integer"}}}, "required": ["list"]},
    "execute": lambda p: {"sum": sum(p["list"])},
})
r = Tool.execute("schema_tool", {"list": [1, 2, 3]})
print(r.result["sum"], r.sum, sep="\t")
try:
    Tool.execute("schema_tool", {"list": [1, "x"]})
except LLMSpellError as e:
    print("false", e.code, str("list[1]" in e.message).lower(), sep="\t")
