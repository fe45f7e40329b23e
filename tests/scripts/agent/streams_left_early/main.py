# The model would go on for a minute: leaving the loop, or stopping the stream, ends it.
slow = Agent.create(name="slow", model={"scripted": {"turns": [{"chunks": ["a", "b", "c"], "chunk_delay_ms": 20000}], "repeat": "last"}})
for e in slow.stream("x"):
    print(e.type, e.text, sep="\t")
    break
s = slow.stream("x")
print(s.next().text)
s.stop()
print("nil" if s.next() is None else "more")


def tried(fn):
    try:
        fn()
    except LLMSpellError as e:
        print("false", e.code, sep="\t")


for name in ("cancel", "close"):
    it = slow.stream("x")
    getattr(it, name)()
    tried(it.result)
# A limit of time for reading, and for the whole.
s = slow.stream("x")
s.next()
tried(lambda: Async.timeout(0.05, lambda: s.next()))
tried(lambda: Async.timeout(0.05, lambda: slow.stream("x", lambda event: None)))
# One whom nobody reads does not keep the run from ending.
unread = slow.stream("x")
print(slow.execute("still there", model="echo").text)
