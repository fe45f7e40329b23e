text = "[" * 500 + "]" * 500
print(str(JSON.stringify(JSON.parse(text)) == text).lower())
try:
    JSON.parse("[" * 100000)
except LLMSpellError as e:
    print("false", e.code, sep="\t")
