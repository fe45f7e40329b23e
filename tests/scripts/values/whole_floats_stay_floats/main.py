Tool.create({"name": "echo", "description": "d", "parameters": {}, "execute": lambda p: {"value": p["value"]}})
back = Tool.execute("echo", {"value": 3.0}).result["value"]
print({int: "integer", float: "float"}[type(back)], JSON.stringify(back), sep="\t")
