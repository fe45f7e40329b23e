for v in (float("nan"), float("inf"), float("-inf")):
    try:
        JSON.stringify([v])
    except LLMSpellError as e:
        print("false", e.code, sep="\t")
