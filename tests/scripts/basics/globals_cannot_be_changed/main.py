def changed(name, value):
    try:
        if name == "Tool":
            Tool.execute = value
        else:
            JSON.stringify = value
        return "true"
    except Exception:
        return "false"
print(changed("Tool", None))
print(changed("JSON", print))
print(callable(Tool.execute) and JSON.stringify({"a": 1}))
