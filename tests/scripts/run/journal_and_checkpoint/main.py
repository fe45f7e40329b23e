Run.checkpoint("begin")
Tool.execute("calculator", {"input": "1 + 1"})
try:
    Tool.execute("calculator", {"input": "1 +"})
except LLMSpellError:
    pass
for e in Run.journal():
    if e["target"] in ("calculator", "Tool"):
        print(e["target"], e["method"], str(e.get("error") is not None).lower(), sep="\t")
