def produce(emit):
    emit("first")
    raise LLMSpellError("m", code="mine")
s = Streaming.create(produce)
print(s.next())
try:
    s.next()
except LLMSpellError as e:
    print("false", e.code, sep="\t")
print(str(s.is_done()).lower())
