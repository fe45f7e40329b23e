try:
    try:
        Tool.execute("nope-at-all", {})
    except LLMSpellError as inner:
        raise
except LLMSpellError as e:
    print("false", e.code, sep="\t")
