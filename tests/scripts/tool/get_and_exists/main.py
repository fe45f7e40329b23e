t = Tool.get("calculator")
def low(v):
    return str(v).lower()
print(t.name, t.version, low(len(t.description) > 0), t.schema["type"], sep="\t")
print(t.execute({"input": "1 + 2"}).result, t.invoke({"input": "2 + 2"}).result, sep="\t")
print(low(Tool.get("no-such-tool") is None), low(Tool.exists("calculator")), low(Tool.exists("no-such-tool")), sep="\t")
print(Tool["hash-calculator"].name, Tool.calculator.name, Tool.hash_calculator.name, sep="\t")
print(Tool.calculator.execute({"input": "3 + 3"}).result)
