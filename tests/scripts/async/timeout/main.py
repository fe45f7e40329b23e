print(Async.timeout(30, lambda: "in time"))
def slow():
    try:
        Async.sleep(60)
    except LLMSpellError as e:
        print("inner saw", e.code, sep="\t")
try:
    Async.timeout(0.01, slow)
except LLMSpellError as e:
    print("false", e.code, sep="\t")
    Async.sleep(0)
def own():
    raise LLMSpellError("m", code="own")
try:
    Async.timeout(30, own)
except LLMSpellError as e:
    print("false", e.code, sep="\t")
try:
    Async.timeout(-1, lambda: None)
except LLMSpellError as e:
    print("false", e.code, sep="\t")
