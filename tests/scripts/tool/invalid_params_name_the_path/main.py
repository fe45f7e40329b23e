for name, params in [
    ("hash-calculator", {"input": "x", "algorithm": "sha257"}),
    ("hash-calculator", {"inputt": "x"}),
    ("calculator", {"input": True}),
    ("url-analyzer", {}),
    ("json-processor", {}),
    ("text-manipulator", {"operation": "uppercased", "input": "x"}),
    ("file-operations", {"operation": "read", "path": "x", "offset": -1}),
]:
    try:
        Tool.execute(name, params)
    except LLMSpellError as e:
        print("false", e.code, sep="\t")
        print(str(e))
