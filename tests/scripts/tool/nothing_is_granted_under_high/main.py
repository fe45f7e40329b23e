try:
    Tool.execute("calculator", {"input": "1"})
except LLMSpellError as e:
    print("false", e.code, sep="\t")
print(Tool.execute("hash-calculator", {"input": "abc", "algorithm": "md5"}).result["hash"])
