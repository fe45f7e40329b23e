Tool.create({"name": "echo", "description": "Gives back what it gets.", "parameters": {}, "execute": lambda p: {"value": p["value"]}})
def echo(v):
    return Tool.execute("echo", {"value": v}).result["value"]
for v in [0, 1, -1, 127, 128, 255, 256, 65535, 65536, 4294967295, 4294967296, -32, -33, -128, -129, -32768, -32769, -2147483648, -2147483649]:
    assert echo(v) == v, v
print(echo("text"), echo(""), str(echo(True)).lower(), str(echo(False)).lower(), echo(1.5), sep="\t")
print(JSON.stringify(echo([1, 2, {"a": "b"}])))
