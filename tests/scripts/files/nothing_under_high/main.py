try:
    open("data.txt")
except LLMSpellError as e:
    print("false", e.code, sep="\t")
