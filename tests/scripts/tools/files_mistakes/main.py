for p in [
    {"operation": "read", "path": "missing.txt"},
    {"operation": "read", "path": "folder"},
    {"operation": "read", "path": "/etc/passwd"},
    {"operation": "read", "path": "../outside"},
    {"operation": "write", "path": "new.txt", "input": "x"},
    {"operation": "delete", "path": "given.txt"},
    {"operation": "copy", "path": "given.txt", "to": "copy.txt"},
    {"operation": "move", "path": "given.txt", "to": "moved.txt"},
    {"operation": "create_dir", "path": "d"},
    {"operation": "list_dir", "path": "/"},
    {"operation": "metadata", "path": "/etc/passwd"},
    {"operation": "exists", "path": "/etc/passwd"},
    {"operation": "read", "path": "bad.txt"},
]:
    try:
        r = Tool.execute("file-operations", p)
        print(p["operation"], "true", r.text, sep="\t")
    except LLMSpellError as e:
        print(p["operation"], "false", e.code, sep="\t")
