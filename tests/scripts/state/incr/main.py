print(State.incr("n"), State.incr("n", 5), State.incr("n", -2), State.incr("n", 1, "user:1"), sep="\t")
print(State.incr("f", 0.5))
State.set("text", "x")
try:
    State.incr("text")
except LLMSpellError as e:
    print("false", e.code, sep="\t")
