def f(p):
    pass
for it in [
    {"description": "d", "execute": f},
    {"name": "x", "description": "d"},
    {"name": "bad name!", "description": "d", "execute": f},
    {"name": "calculator", "description": "d", "execute": f},
    {"name": "x", "description": "d", "execute": "no function"},
    {"name": "x", "description": "d", "execute": f, "parameters": {"a": "no-such-type"}},
    {"name": "x", "description": "d", "execute": f, "unknown_field": 1},
]:
    try:
        Tool.create(it)
    except LLMSpellError as e:
        print("false", e.code, sep="\t")
        print(e.message)
