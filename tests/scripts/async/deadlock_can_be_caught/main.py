c = Async.channel()
try:
    c.receive()
except LLMSpellError as e:
    print("false", e.code, sep="\t")
