try:
    JSON.stringify([b"\xff"])
except LLMSpellError as e:
    print("false", e.code, sep="\t")
try:
    JSON.parse(r'{"a": ["\ud800"]}')
except LLMSpellError as e:
    print("false", e.code, sep="\t")
print(JSON.parse(r'"\ud83d\ude42"'))
try:
    JSON.parse(5)
except LLMSpellError as e:
    print("false", e.code, sep="\t")
