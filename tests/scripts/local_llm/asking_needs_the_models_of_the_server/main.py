import re

for method, *arguments in (("list", "ollama"), ("info", "llama3.2"), ("pull", "llama3.2"), ("status",)):
    try:
        getattr(LocalLLM, method)(*arguments)
    except Exception as e:
        print(method, e.code, re.search("the model [^,]+", e.message)[0], sep="\t")
try:
    Provider.models("ollama")
except Exception as e:
    print("false", e, sep="\t")
print(str(len(Provider.list()) > 15).lower())
