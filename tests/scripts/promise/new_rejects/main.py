p = Promise.new(lambda resolve, reject: reject(LLMSpellError("no", code="mine")))
try:
    p.wait()
except LLMSpellError as e:
    print("false", e.code, e.message, sep="\t")
def thrower(resolve, reject):
    raise LLMSpellError("in it", code="thrown")
q = Promise.new(thrower)
try:
    q.wait()
except LLMSpellError as e:
    print("false", e.code, sep="\t")
