Tool.create({"name": "echo", "description": "d", "parameters": {}, "execute": lambda p: {"value": p["value"]}})
def echo(v):
    return Tool.execute("echo", {"value": v}).result["value"]
import math
nan = echo(float("nan"))
inf = float("inf")
print(str(nan != nan).lower(), str(echo(inf) == inf).lower(), str(echo(-inf) == -inf).lower(), sep="\t")
for v in [0.5, -0.25, 1e300, 5e-324, 1.7976931348623157e308, 0.1]:
    print(str(echo(v) == v).lower())
print(str(math.copysign(1, echo(-0.0)) == -1).lower())
