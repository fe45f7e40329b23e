it = Provider.get("ollama")
print(f"asking {it} for {it}")
print(it + "/llama3.2")
