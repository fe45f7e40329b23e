p = Promise.reject(LLMSpellError("m", code="broken")).catch(lambda e: "mended " + e.code)
print(p.wait())
print(Promise.resolve("fine").catch(lambda e: "never").wait())
def fail(e):
    raise LLMSpellError("m", code="two")
q = Promise.reject(LLMSpellError("m", code="one")).catch(fail)
try:
    q.wait()
except LLMSpellError as e:
    print("false", e.code, sep="\t")
