for x in ["1 / 0", "1 +", "nope", "nope(1)", "9**9**9**9", "__import__('os')", "'a' * 10**9", "sqrt(-1)", ""]:
    try:
        r = Tool.execute("calculator", {"input": x})
        print(x, "true", r.text, sep="\t")
    except LLMSpellError as e:
        print(x, "false", e.code, sep="\t")
