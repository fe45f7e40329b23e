print(Tool.execute("calculator", {"input": "1 + 1"})["result"])
try:
    Tool.execute("calculator", {"input": "1 +"})
except LLMSpellError:
    print("false")
