print(JSON.stringify({"name": "x", "list": [1, {"a": 2}], "empty": {}}, {"pretty": True}))
