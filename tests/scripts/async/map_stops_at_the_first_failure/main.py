done = []
def work(n):
    Async.sleep(0)
    if n == 2:
        raise LLMSpellError("two", code="two")
    done.append(n)
try:
    Async.map([1, 2, 3, 4, 5, 6], work, limit=1)
except LLMSpellError as e:
    print("false", e.code, JSON.stringify(done), sep="\t")
