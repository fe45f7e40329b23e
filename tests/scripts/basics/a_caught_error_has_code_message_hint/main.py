try:
    Tool.execute("calculater", {"input": "1"})
    ok = "true"
except LLMSpellError as e:
    print("false", e.code, sep="\t")
    print(e.message)
    print(e.hint)
    print(str(e))
