p = Promise.new(lambda resolve, reject: None)
try:
    p.wait()
except LLMSpellError as e:
    print("false", e.code, sep="\t")
