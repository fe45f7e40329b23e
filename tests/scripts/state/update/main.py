print(State.update("list", lambda v: v or ["first"])[0])
print(len(State.update("list", lambda v: v + ["second"])))
print(JSON.stringify(State.get("list")))
def fail(v):
    raise LLMSpellError("m", code="mine")
try:
    State.update("list", fail)
except LLMSpellError as e:
    print("false", e.code, len(State.get("list")), sep="\t")
