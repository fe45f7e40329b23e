for x in ["2^10 + sqrt(2)", "2**10", "7 // 2", "7 % 3", "-3 + 1", "10 / 4", "2^100", "(1 + 2) * 3", "max(1, 5, 3)", "pi", "sin(0)", "1e3", "1 < 2"]:
    try:
        print(x, Tool.execute("calculator", {"input": x}).text, sep="\t")
    except LLMSpellError as e:
        print(x, e.code, sep="\t")
print(Tool.execute("calculator", {"input": "price * (1 + rate)", "variables": {"price": 80, "rate": 0.25}}).text)
print(str(len(JSON.stringify(Tool.execute("calculator", {"operation": "functions"}).result)) > 50).lower())
