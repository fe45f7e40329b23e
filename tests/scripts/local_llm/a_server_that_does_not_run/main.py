def shown(*values):
    print(*(str(it).lower() if isinstance(it, bool) else it for it in values), sep="\t")


for it in LocalLLM.status("ollama"):
    shown(it.backend, it.running, it.models, it.error[: len("cannot reach ollama")])
try:
    LocalLLM.list("ollama")
except Exception as e:
    shown(False, e.code, e.details["kind"], e.details["retryable"])
try:
    LocalLLM.pull("ollama/llama3.2")
except Exception as e:
    shown(False, e.code, e.details["model"])
try:
    LocalLLM.status("openai")
except Exception as e:
    shown(False, e.code, e.message)
