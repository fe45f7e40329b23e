# What each call does; after each part nothing is left.
def forget():
    for it in State.scopes():
        State.clear(it)

print("-- get set exists delete")
def low(v):
    return str(v).lower()
print(low(State.get("k") is None), State.get("k", "default"), low(State.exists("k")), sep="\t")
State.set("k", {"a": 1})
print(JSON.stringify(State.get("k")), low(State.exists("k")), sep="\t")
State.set("k", "new")
print(State.get("k"))
print(low(State.delete("k")), low(State.delete("k")), low(State.exists("k")), sep="\t")
forget()

print("-- set nil deletes")
State.set("k", 1)
State.set("k", None)
print(str(State.exists("k")).lower())
State.set("k", False)
print(str(State.exists("k")).lower(), str(State.get("k", "default")).lower(), sep="\t")
forget()

print("-- scopes are apart")
def low(v):
    return str(v).lower()
State.set("k", "global")
for scope in ("user:1", "session:s", "agent:a", "tool:t", "workflow:w", "custom:c", "mine"):
    State.save(scope, "k", scope)
for scope in ("global", "user:1", "user:2", "session:s", "agent:a", "tool:t", "workflow:w", "custom:c", "custom:mine", "mine"):
    print(scope, State.load(scope, "k") or "nothing", sep="\t")
print(State.get("k", None, "user:1"), low(State.exists("k", scope="user:2")), sep="\t")
print(low(State.delete("user:1", "k")), low(State.load("user:1", "k") is None), State.get("k"), sep="\t")
forget()

print("-- incr")
print(State.incr("n"), State.incr("n", 5), State.incr("n", -2), State.incr("n", 1, "user:1"), sep="\t")
print(State.incr("f", 0.5))
State.set("text", "x")
try:
    State.incr("text")
except LLMSpellError as e:
    print("false", e.code, sep="\t")
forget()

print("-- keys and all")
for k in ("user.b", "user.a", "other"):
    State.set(k, k.upper())
print(JSON.stringify(State.keys()))
print(JSON.stringify(State.keys("user.")))
print(JSON.stringify(State.keys("*.a")))
print(JSON.stringify(State.all()))
print(JSON.stringify(State.list_keys()))
print(JSON.stringify(State.list_keys("global", "user.*")))
print(JSON.stringify(State.keys("nothing")))
forget()

print("-- update")
print(State.update("list", lambda v: v or ["first"])[0])
print(len(State.update("list", lambda v: v + ["second"])))
print(JSON.stringify(State.get("list")))
def fail(v):
    raise LLMSpellError("m", code="mine")
try:
    State.update("list", fail)
except LLMSpellError as e:
    print("false", e.code, len(State.get("list")), sep="\t")
forget()

print("-- transaction")
State.set("a", 10)
State.set("b", 0)
def move(t):
    a = t.get("a")
    t.set("a", a - 4)
    t.incr("b", 4)
    t.set("gone", 1)
    t.delete("gone")
    print(JSON.stringify(t.keys()), t.get("none", "default"), sep="\t")
    return a
moved = State.transaction(move)
print(moved, State.get("a"), State.get("b"), str(State.exists("gone")).lower(), sep="\t")
def fail(t):
    t.set("a", 0)
    raise LLMSpellError("m", code="changed_my_mind")
try:
    State.transaction(fail)
except LLMSpellError as e:
    print("false", e.code, State.get("a"), sep="\t")
forget()

print("-- workflow agent tool")
State.workflow_set("w", "k", 1)
State.agent_set("a", "k", 2)
State.tool_set("t", "k", 3)
print(State.workflow_get("w", "k"), State.agent_get("a", "k"), State.tool_get("t", "k"), sep="\t")
print(JSON.stringify([State.workflow_list("w"), State.agent_list("a"), State.tool_list("t")]))
print(State.load("workflow:w", "k"), str(State.agent_get("b", "k") is None).lower(), sep="\t")
forget()

print("-- wrong arguments")
for work in (
    lambda: State.set(),
    lambda: State.get(5),
    lambda: State.set("k", print),
    lambda: State.incr("k", "x"),
    lambda: State.update("k", "no function"),
    lambda: State.get("a", None, "global", "too many"),
):
    try:
        work()
    except LLMSpellError as e:
        print("false", e.code, sep="\t")
        print(e.message)
forget()
