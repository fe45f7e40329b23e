Tool.create({"name": "echo", "description": "d", "parameters": {}, "execute": lambda p: {"value": p["value"]}})
for v in ["ä", "世界", "🙂", "a\0b", "\ufeffbom", "\u200b"]:
    print(str(Tool.execute("echo", {"value": v}).result["value"] == v).lower())
