for p in [
    {},
    {"query": ""},
    {"query": "given", "path": "missing"},
    {"query": "given", "path": "secret"},
    {"query": "given", "path": "/etc"},
    {"query": "given", "path": ".."},
    {"query": "(", "regex": True},
    {"query": "a\nb"},
    {"query": "a", "include": "../*"},
    {"query": "a", "include": [3]},
    {"query": "a", "modified_after": "soon"},
    {"query": "a", "max_results": 5000},
    {"operation": "find", "query": "a", "include": "b"},
    {"operation": "replace", "query": "a"},
    {"query": "given", "include": ["*.txt"]},
]:
    try:
        print(p.get("query", "-"), "true", Tool.execute("file-search", p).result.total, sep="\t")
    except LLMSpellError as e:
        print(p.get("query", "-"), "false", e.code, sep="\t")
