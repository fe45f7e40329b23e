v = Tool.execute("json-processor", {"operation": "get", "input": '{"l":[],"m":{}}', "query": ""}).result
print(JSON.stringify(v))
State.set("v", v)
print(JSON.stringify(State.get("v")))
