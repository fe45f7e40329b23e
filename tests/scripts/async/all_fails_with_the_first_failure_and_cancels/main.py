def sleeper():
    try:
        Async.sleep(60)
    except LLMSpellError as e:
        print("slow saw", e.code, sep="\t")
        raise
slow = Async.spawn(sleeper)
try:
    Async.all([slow, lambda: Tool.execute("no-such-thing-here", {})])
except LLMSpellError as e:
    print("false", e.code, sep="\t")
try:
    slow.wait()
except LLMSpellError:
    print("false", slow.status(), sep="\t")
