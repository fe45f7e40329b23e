def work():
    return t.wait()
t = Async.spawn(work)
try:
    t.wait()
except LLMSpellError as e:
    print("false", e.code, sep="\t")
