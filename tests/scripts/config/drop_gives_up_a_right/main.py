print(Tool.execute("calculator", {"input": "1"}).result)
Config.drop("tool:calculator")
try:
    Tool.execute("calculator", {"input": "1"})
except LLMSpellError as e:
    print("false", e.code, sep="\t")
print(Tool.execute("hash-calculator", {"input": "", "algorithm": "md5"}).result["hash"])
Config.drop("*")
try:
    Tool.execute("hash-calculator", {"input": ""})
except LLMSpellError as e:
    print("false", e.code, sep="\t")
print(str(Config.is_allowed("read:.")).lower())
