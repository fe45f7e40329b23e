# Agents and models, from being made to the end of the run.
def lua(*values):
    print(*({True: "true", False: "false"}[it] if isinstance(it, bool) else it for it in values), sep="\t")


def set_prompt(c):
    c["input"]["system_prompt"] = "Be brief."
    return c


hooks = [
    Hook.register("BeforeAgentInit", set_prompt),
    Hook.register("AfterAgentInit", lambda c: lua("made", c["agent"], c["output"]["model"])),
]
ada = Agent.create(name="ada", model={"scripted": ["one", "two", "three", "four", "five", "six"]})
print(ada.get_config()["system_prompt"])
Agent.builder().name("bob").model("echo").build()
Agent.create_from_template("cleo", "chat", model="echo")
for it in hooks:
    it.unregister()


def ask(point, fn, text="Hi"):
    hook = Hook.register(point, fn)
    try:
        lua(point, ada.execute(text)["text"])
    except Exception as e:
        lua(point, e.code, e.message)
    hook.unregister()


def changed(part, key, value):
    def change(c):
        c[part][key] = value(c[part][key])
        return c

    return change


ask("BeforeAgentExecution", lambda c: lua(c["agent"], c["input"]["text"]))
ask("AfterAgentExecution", changed("output", "text", str.upper))
ask("BeforeAgentExecution", lambda c: {"type": "cancel", "reason": "no"})
ask("BeforeAgentExecution", lambda c: {"type": "redirect", "target": "bob"}, "to bob")
ask("BeforeModelCall", lambda c: lua(c["model"], *(it["text"] for it in c["input"]["messages"])))
ask("BeforeModelCall", lambda c: {"type": "replace", "data": "from memory"})
ask("BeforeModelCall", lambda c: {"type": "redirect", "target": "echo"}, "to echo")
ask("AfterModelCall", changed("output", "text", lambda it: it + "!"))
ask("AfterModelCall", lambda c: {"type": "retry"} if c["attempt"] == 1 else None)
flaky = Agent.create(name="flaky", model={"scripted": [{"error": "server"}, "at last"]}, retries=0)


def again(c):
    lua(c["agent"], c["error"]["code"])
    return {"type": "retry", "max_attempts": 2}


hook = Hook.register("AgentError", again)
print(flaky.execute("Hi")["text"])
hook.unregister()


def change_message(c):
    c["input"]["messages"][1]["text"] = "changed"
    return c


hook = Hook.register("BeforeModelCall", change_message)
Agent.get("cleo").stream("seen", lambda event: lua("event", event["text"]) if event["type"] == "text" else None)
hook.unregister()
stay = lambda c: "cancel" if c["agent"] == "ada" and not c["metadata"]["at_end"] else None
Hook.register("BeforeAgentShutdown", stay)
Hook.register("AfterAgentShutdown", lambda c: lua("gone", c["agent"], c["metadata"]["at_end"]))
try:
    ada.destroy()
except Exception as e:
    lua(False, e.code)
flaky.destroy()
print("the end")
