def cleanup():
    print("cleanup")
    return "ignored"
print(Promise.resolve("kept").finally_(cleanup).wait())
p = Promise.reject(LLMSpellError("m", code="kept_error")).finally_(lambda: print("cleanup 2"))
try:
    p.wait()
except LLMSpellError as e:
    print("false", e.code, sep="\t")
def own():
    raise LLMSpellError("m", code="own")
q = Promise.resolve(1).finally_(own)
try:
    q.wait()
except LLMSpellError as e:
    print("false", e.code, sep="\t")
