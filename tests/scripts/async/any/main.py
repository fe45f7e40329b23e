def fails(s, code):
    def run():
        Async.sleep(s)
        raise LLMSpellError(code, code=code)
    return run
def good():
    Async.sleep(0.01)
    return "good"
print(Async.any([fails(0, "one"), good, fails(0.02, "two")]))
try:
    Async.any([fails(0.01, "last"), fails(0, "first")])
except LLMSpellError as e:
    print("false", e.code, sep="\t")
