text = '{"users":[{"name":"Ada","tags":["x","y"]},{"name":"Bob","tags":[]}],"a.b":1}'
for q in ["users[0].name", "users[*].name", "users[-1].name", "/users/1/name", "users", ""]:
    try:
        print(q, JSON.stringify(Tool.execute("json-processor", {"operation": "get", "input": text, "query": q}).result), sep="\t")
    except LLMSpellError as e:
        print(q, e.code, sep="\t")
print(JSON.stringify(Tool.execute("json-processor", {"operation": "get", "input": text, "query": "nope.nothing", "default": "d"}).result))
try:
    Tool.execute("json-processor", {"operation": "get", "input": text, "query": "nope"})
except LLMSpellError as e:
    print("false", e.code, sep="\t")
print(JSON.stringify(Tool.execute("json-processor", {"operation": "keys", "input": text}).result))
