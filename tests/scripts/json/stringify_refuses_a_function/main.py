try:
    JSON.stringify({"f": print})
except LLMSpellError as e:
    print("false", e.code, sep="\t")
