# A handle, priorities, lists, and every mistake.
order = []


def note(name):
    return lambda context: order.append(name)


first = Hook.register("BeforeToolExecution", note("normal"))
rest = [Hook.register("BeforeToolExecution", note(it), it, name=it) for it in ("lowest", "low", "high", "highest")]
rest.append(Hook.register("BeforeToolExecution", note("five"), 5))
rest.append(Hook.register("BeforeTool*", note("pattern")))
Tool.execute("calculator", input="1")
print(*order)
info = first.get_info()
print(first.id(), first.hook_point(), info["calls"], rest[0].get_info()["priority"], rest[4].get_info()["priority"], sep="\t")
for it in Hook.list("BeforeToolExecution"):
    print(it["id"], it["hook_point"], it["origin"], end="; ")
print(len(Hook.list()), len(Hook.list({"name": "high"})), len(Hook.list("AfterToolExecution")), sep="\t")


def lua(*values):
    names = {True: "true", False: "false", None: "nil"}
    print(*(names.get(it, it) if it is None or isinstance(it, bool) else it for it in values), sep="\t")


lua(first.unregister(), first.unregister(), Hook.unregister(rest[0]), Hook.unregister(rest[0]))
order.clear()
Tool.execute("calculator", input="1")
print(*order)
points = {it["name"]: it for it in Hook.points()}
error = points["ToolError"]
print(error["family"], error["when"], " ".join(error["actions"]), sep="\t")
print(len(points["SystemShutdown"]["actions"]))


def attempt(function, *args, **more):
    try:
        function(*args, **more)
    except Exception as e:
        lua(False, e.code, e.message, e.hint or None)


attempt(Hook.register, "BeforeToolExecutoin", print)
attempt(Hook.register, "Never*", print)
attempt(Hook.register, "ToolError", print, "urgent")
attempt(Hook.register, "ToolError", print, 1001)
attempt(Hook.register, "ToolError", print, "normal", fatl=True)
attempt(Hook.register, "ToolError", print, "normal", timeout_s=0)
attempt(Hook.register, "ToolError", print, "normal", fatal="yes")
attempt(Hook.register, "ToolError", "print")
attempt(Hook.unregister, "hook-1")
attempt(Hook.list, {"pint": "x"})
attempt(Hook.list, 5)
# At a step of a workflow: its name, and the workflow's.
Hook.register("BeforeWorkflowStage", lambda c: print(c.name, c.workflow, c.step, sep="\t"))
Hook.register("AfterWorkflowComplete", lambda c: print(c.name, c.workflow, c.get("step", "nil"), sep="\t"))
Workflow.sequential(name="whole", steps=[{"name": "part", "fn": lambda ctx: 1}]).execute()
