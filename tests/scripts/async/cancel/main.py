def work():
    try:
        Async.sleep(60)
    except LLMSpellError as e:
        print("task saw", "false", e.code, sep="\t")
        raise
t = Async.spawn(work)
Async.sleep(0)
print(str(t.cancel()).lower())
try:
    t.wait()
except LLMSpellError as e:
    print("false", e.code, t.status(), sep="\t")
print(str(t.cancel()).lower())
