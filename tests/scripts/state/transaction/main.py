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
