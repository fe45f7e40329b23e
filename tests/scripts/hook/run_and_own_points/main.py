# The points of the run itself, and those of one's own.
def lua(*values):
    print(*({True: "true", False: "false"}[it] if isinstance(it, bool) else it for it in values), sep="\t")


lua(Hook.define("OrderPlaced"), Hook.define("OrderPlaced"))


def placed(c):
    n = c["input"]["n"]
    lua(c["point"], c["kind"], n, c["metadata"].get("by", "nil"))
    if n == 0:
        return {"type": "cancel", "reason": "nothing ordered"}
    if n == 9:
        return {"type": "replace", "data": "sold out"}
    c["input"]["n"] = n + 1
    return c


Hook.register("OrderPlaced", placed)
lua(Hook.fire("OrderPlaced", {"n": 1}, {"by": "ada"})["n"], Hook.fire("OrderPlaced", {"n": 9}))
for it in ("OrderPlaced", "ToolError", "OrderPlacd"):
    try:
        Hook.fire(it, {"n": 0})
    except Exception as e:
        lua(False, e.code, e.message)
try:
    Hook.define("ToolError")
except Exception as e:
    print(e.message)
try:
    Hook.fire("OrderPlaced", print)
except Exception as e:
    lua(False, e)
Hook.register("ConfigurationChange", lambda c: lua(c["point"], c["system"], c["input"]["dropped"]))


def violated(c):
    lua(c["point"], c["name"], c["input"]["method"], c["error"]["code"])
    return "cancel"


Hook.register("SecurityViolation", violated)
Hook.register("ResourceLimitExceeded", lambda c: lua(c["point"], c["name"], c["error"]["details"]["scope"]))
Config.drop("tool:calculator")


def code(function, *args, **more):
    try:
        function(*args, **more)
    except Exception as e:
        return e.code


print(code(Tool.execute, "calculator", input="1"))
poor = Agent.create(name="poor", model={"scripted": [{"text": "x", "cost_usd": 1}]}, budget=0.01)
print(code(poor.execute, "Hi"))


def last(c):
    lua(c["point"], Tool.execute("hash-calculator", operation="hash", input="a")["success"])


Hook.register("SystemShutdown", last)
Hook.register("SystemStartup", lambda c: print("never: the run has started long ago"))
raise RuntimeError("the script ends so, and hooks are still called")
