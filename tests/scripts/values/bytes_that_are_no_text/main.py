Tool.create({"name": "echo", "description": "d", "parameters": {}, "execute": lambda p: {"value": p["value"]}})
all_bytes = bytes(range(256))
back = Tool.execute("echo", {"value": all_bytes}).result["value"]
print(len(back), str(back == all_bytes).lower(), sep="\t")
print(Tool.execute("hash-calculator", {"input": all_bytes}).result["hash"])
