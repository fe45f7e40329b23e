v = Tool.execute("json-processor", {"operation": "get", "input": '{"a":[1,null,3],"b":null}', "query": "a"}).result
print(JSON.stringify(v), len(v), str(v[1] is None).lower(), sep="\t")
State.set("k", [1, None, 3])
print(JSON.stringify(State.get("k")))
