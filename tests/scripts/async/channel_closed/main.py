c = Async.channel(5)
c.send("a")
c.close()
try:
    c.send("b")
except LLMSpellError as e:
    print("false", e.code, sep="\t")
print(c.receive(), str(c.receive() is None).lower(), sep="\t")
try:
    Async.channel(1).send(None)
except LLMSpellError as e:
    print("false", e.code, sep="\t")
