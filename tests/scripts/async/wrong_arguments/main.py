for work in (lambda: Async.spawn(5), lambda: Async.sleep(-1), lambda: Async.race([]), lambda: Async.any([])):
    try:
        work()
    except LLMSpellError as e:
        print("false", e.code, sep="\t")
