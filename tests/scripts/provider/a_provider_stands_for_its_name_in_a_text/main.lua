local it = Provider.get("ollama")
print("asking " .. it .. " for " .. it)
print(it .. "/llama3.2")
