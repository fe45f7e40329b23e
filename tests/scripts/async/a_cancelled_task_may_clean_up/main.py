def work():
    try:
        Async.sleep(60)
    except LLMSpellError:
        pass
    print(Tool.execute("calculator", {"input": "1 + 1"}).result)
    return "cleaned up"
t = Async.spawn(work)
Async.sleep(0)
t.cancel()
print(t.wait(), t.status(), sep="\t")
