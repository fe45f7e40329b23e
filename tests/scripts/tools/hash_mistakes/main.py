for p in [{}, {"input": "a", "file": "b"}, {"operation": "verify", "input": "a"}, {"operation": "verify", "input": "a", "hash": "xyz"}, {"file": "missing"}, {"file": "/etc/passwd"}]:
    try:
        print("true", JSON.stringify(Tool.execute("hash-calculator", p).result), sep="\t")
    except LLMSpellError as e:
        print("false", e.code, sep="\t")
