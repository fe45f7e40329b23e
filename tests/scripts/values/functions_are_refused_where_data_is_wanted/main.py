try:
    State.set("f", lambda: 1)
except LLMSpellError as e:
    print("false", e.code, sep="\t")
try:
    State.set("f", {"deep": {"f": lambda: 1}})
except LLMSpellError as e:
    print("false", e.code, str("deep.f" in e.message).lower(), sep="\t")
