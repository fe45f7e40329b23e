import os
try:
    os.getenv("SECRET")
except LLMSpellError as e:
    print("false", e.code, sep="\t")
    print(str("SECRET" in e.message).lower(), str("env:SECRET" in e.hint).lower(), sep="\t")
print(os.getenv("GIVEN"))
