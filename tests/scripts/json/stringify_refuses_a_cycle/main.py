t = {}
t["self"] = t
try:
    JSON.stringify(t)
except LLMSpellError as e:
    print("false", e.code, sep="\t")
