try:
    State.set("k", {True: 1})
except LLMSpellError as e:
    print("false", e.code, sep="\t")
try:
    State.set("k", {"list": {1.5: 1}})
except LLMSpellError as e:
    print("false", e.code, sep="\t")
print(State.get("k", "nothing"))
