def double(p):
    State.incr("calls")
    return Tool.execute("calculator", {"input": f"{p['n']} * 2"}).result
Tool.create({"name": "double", "description": "d", "parameters": {"n": "integer"}, "execute": double})
def quadruple(p):
    return Tool.execute("double", {"n": Tool.execute("double", {"n": p["n"]}).result}).result
Tool.create({"name": "quadruple", "description": "d", "parameters": {"n": "integer"}, "execute": quadruple})
print(Tool.execute("quadruple", {"n": 5}).result, State.get("calls"), sep="\t")
