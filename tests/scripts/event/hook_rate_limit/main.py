for i in range(3):
    try:
        print("true", Tool.execute("calculator", {"input": "1 + 1"})["result"], "", sep="\t")
    except LLMSpellError as e:
        print("false", e.code, "more than 2 in 3600 s" if "more than 2 in 3600 s" in e.message else "?", sep="\t")
print(Tool.execute("text-manipulator", {"operation": "uppercase", "input": "free"})["text"])
