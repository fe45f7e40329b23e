for work in (
    lambda: State.set(),
    lambda: State.get(5),
    lambda: State.set("k", print),
    lambda: State.incr("k", "x"),
    lambda: State.update("k", "no function"),
    lambda: State.get("a", None, "global", "too many"),
):
    try:
        work()
    except LLMSpellError as e:
        print("false", e.code, sep="\t")
        print(e.message)
