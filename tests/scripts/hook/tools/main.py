# Every effect that a hook can have at the points of tools.
def sum_():
    return Tool.execute("calculator", input="6 * 7")


def lua(*values):
    print(*({True: "true", False: "false"}[it] if isinstance(it, bool) else it for it in values), sep="\t")


def with_(point, fn, work):
    hook = Hook.register(point, fn)
    try:
        r = work()
    except Exception as e:
        lua(point, e.code, e.message)
    else:
        lua(point, r["text"], r["success"])
    finally:
        hook.unregister()


def look(c):
    kind = c["component_id"]["component_type"]
    lua(c["point"], c["kind"], c["tool"], c["name"], kind, c["input"]["input"], c["attempt"])


def changed(part, key, value):
    def change(c):
        c[part][key] = value(c[part][key])
        return c

    return change


with_("BeforeToolExecution", look, sum_)
with_("BeforeToolExecution", lambda c: {"type": "modified", "data": {"input": "1 + 1"}}, sum_)
with_("BeforeToolExecution", changed("input", "input", lambda it: "2 + 2"), sum_)
with_("BeforeToolExecution", lambda c: {"type": "cancel", "reason": "not today"}, sum_)
with_("BeforeToolExecution", lambda c: {"type": "replace", "data": {"text": "mine", "result": 1}}, sum_)
with_("BeforeToolExecution", lambda c: {"type": "skipped", "reason": "asleep"}, sum_)
with_(
    "BeforeToolExecution",
    lambda c: {"type": "redirect", "target": "hash-calculator"},
    lambda: Tool.execute("calculator", operation="hash", input="a"),
)
with_("ToolValidation", changed("input", "input", lambda it: it + " + 1"), sum_)
with_("ToolValidation", lambda c: "cancel", sum_)
with_("AfterToolExecution", changed("output", "text", lambda it: it + "!"), sum_)
with_("AfterToolExecution", lambda c: {"type": "replace", "data": {"text": "other"}}, sum_)


def divide():
    return Tool.execute("calculator", input="1 / 0")


def again(c):
    lua(c["error"]["code"], c["attempt"])
    return {"type": "retry", "max_attempts": 3, "delay_ms": 1}


with_("ToolError", again, divide)
with_("ToolError", lambda c: {"type": "replace", "data": 0}, divide)
n = 0


def count(params):
    global n
    n += 1
    return n


Tool.create(name="counter", description="Counts.", execute=count)


def twice():
    Tool.execute("counter")
    return Tool.execute("counter")


with_("BeforeToolExecution", lambda c: {"type": "cache", "ttl_s": 60}, twice)
print(n)
found = Hook.register("AfterToolDiscovery", lambda c: {"type": "modified", "data": c["output"][:1]})
wanted = Hook.register("BeforeToolDiscovery", lambda c: {"type": "modified", "data": {"tag": "json"}})
lua(len(Tool.list()), Tool.list()[0]["name"], len(Tool.search("hash")))
found.unregister(), wanted.unregister()
# What a hook does is done where it is called, and does not call the hook again.
with_(
    "BeforeToolExecution",
    lambda c: lua("inside:", Tool.execute("calculator", input=c["input"]["input"] + " * 10")["text"]),
    sum_,
)
