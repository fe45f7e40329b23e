Tool.create({"name": "echo", "description": "d", "parameters": {}, "execute": lambda p: {"value": p["value"]}})
def echo(v):
    return Tool.execute("echo", {"value": v}).result["value"]
for v in [2**63 - 1, -2**63, 9007199254740992, 9007199254740993, -9007199254740993]:
    back = echo(v)
    print(str(back == v).lower(), {int: "integer", float: "float"}[type(back)], JSON.stringify(back), sep="\t")
