shared = [1]
print(JSON.stringify(Tool.execute("json-processor", {"operation": "merge", "input": {"a": shared}, "other": {"b": shared}}).result))
