try:
    JSON.parse('{\n  "a": 1,\n  "b": oops\n}')
except LLMSpellError as e:
    print(e.code, str("line 3 column 8" in e.message).lower(), sep="\t")
