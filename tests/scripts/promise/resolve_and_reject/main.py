print(Promise.resolve(1).wait())
print(Promise.resolve(Promise.resolve("inner")).wait())
r = Promise.reject(LLMSpellError("m", code="c"))
try:
    r.wait()
except LLMSpellError as e:
    print("false", e.code, sep="\t")
