v = JSON.parse('{"a":[],"b":{},"c":[null,1],"d":"ü"}')
print(JSON.stringify(Tool.execute("json-processor", {"operation": "merge", "input": v, "other": {"e": 1}}).result))
