def fails(p):
    raise LLMSpellError("went wrong", code="my_code", hint="try harder")
Tool.define({"name": "fails", "description": "d", "parameters": {}, "execute": fails})
try:
    Tool.execute("fails", {})
except LLMSpellError as e:
    print("false", e.code, str("went wrong" in e.message).lower(), sep="\t")
def raises_text(p):
    raise ValueError("plain text")
Tool.define({"name": "raises_text", "description": "d", "parameters": {}, "execute": raises_text})
try:
    Tool.execute("raises_text", {})
except LLMSpellError as e:
    print("false", str("plain text" in e.message).lower(), sep="\t")
