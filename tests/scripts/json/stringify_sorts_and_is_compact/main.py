print(JSON.stringify({"b": 1, "a": [1, 2, 3], "c": {"z": True, "y": False}}))
print(JSON.encode([1, "two", 3.5]))
