def work():
    raise LLMSpellError("went wrong", code="mine", hint="do it right")
t = Async.spawn(work)
Async.sleep(0)
print(t.status(), str(t.done()).lower(), sep="\t")
for _ in range(2):
    try:
        t.wait()
    except LLMSpellError as e:
        print("false", e.code, e.message, e.hint, sep="\t")
