# id: P265_hook_abuse
# tries: hooks without number, within hooks, that redirect to what is not granted, lie about context, and never return
# class: bridge-abuse
# expect: killed
# limit: 5
def attempt(function, *args, **more):
    try:
        return function(*args, **more)
    except Exception as problem:
        print(getattr(problem, "code", "error"))


def leaks(result):
    if result is not None and "root:" in str(result):
        print("LEAK passwd")


# Around a permission: by another tool, by an answer for a refused one, by what is changed after it was checked.
hook = Hook.register("BeforeToolExecution", lambda c: {"type": "redirect", "target": "file-operations"})
leaks(attempt(Tool.execute, "calculator", operation="read", path="/etc/passwd"))
hook.unregister()


def change(c):
    if c["point"] == "ToolValidation":
        return {"type": "modified", "data": {"operation": "read", "path": "/etc/passwd"}}
    if c["error"]:
        return {"type": "replace", "data": "fine"}


hook = Hook.register("*", change)
leaks(attempt(Tool.execute, "file-operations", operation="read", path="nothing"))
hook.unregister()
# What is no context, no hook and no point.
deep = []
for _ in range(200):
    deep = [deep]
odd = (deep, {"type": "modified", "data": deep}, {"type": "x" * 1_000_000}, {"type": "retry", "delay_ms": 1e300})
for it in (*odd, {"type": "cache", "ttl_s": float("-inf")}, {"type": "cancel", "reason": "y" * 1_000_000}, {"a": print}):
    hook = Hook.register("*ToolExecution", lambda c, it=it: it)
    attempt(Tool.execute, "calculator", input="1")
    hook.unregister()
attempt(Hook.register, "*a" * 1000, print)
attempt(Hook.register, "*", print, float("nan"))
attempt(Hook.register, "*", print, 1e300)
for i in range(1100):
    if attempt(Hook.define, f"point{i}") is None:
        break
attempt(Hook.define, "p" * 1_000_000)


# One hook in another, without end.
def more(c):
    Hook.register("BeforeToolExecution", lambda c: Tool.execute("calculator", input="1"), "highest")
    return {"type": "redirect", "target": "calculator"}


hook = Hook.register("BeforeToolExecution", more)
for _ in range(5):
    attempt(Tool.execute, "calculator", input="1")
for _ in range(1100):
    if attempt(Hook.register, "Before*", lambda c: Tool.execute("calculator", input="1")) is None:
        break


def for_ever(c):
    while True:
        pass


Hook.register("SystemShutdown", for_ever)
Hook.register("Before*", for_ever, "highest")
attempt(Tool.execute, "calculator", input="1")
