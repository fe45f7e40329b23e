local v = Tool.execute("json-processor", { operation = "get", input = '{"a":[1,null,3],"b":null}', query = "a" }).result
print(JSON.stringify(v), #v, v[2] == JSON.null)
State.set("k", { 1, JSON.null, 3 })
print(JSON.stringify(State.get("k")))
