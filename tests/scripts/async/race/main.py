def after(s, v):
    def run():
        Async.sleep(s)
        return v
    return run
slow = Async.spawn(after(60, "slow"))
print(Async.race([slow, after(0.01, "fast")]))
try:
    slow.wait()
except LLMSpellError:
    pass
print(slow.status())
def fail():
    raise LLMSpellError("failed first", code="mine")
try:
    Async.race([after(60, "x"), fail])
except LLMSpellError as e:
    print("false", e.code, e.message, sep="\t")
try:
    Async.race([])
except LLMSpellError as e:
    print("false", e.code, sep="\t")
