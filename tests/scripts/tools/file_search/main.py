r = Tool.execute("file-search", query="retries", path="./docs")
print(r.text)
print(r.result.total, r.result.files_matched, r.result.files_searched, str(r.result.truncated).lower(), sep="\t")
for it in r.result.files:
    print(it.path, it.count, sep="\t")
for it in r.result.matches:
    print(it.path, it.line, it.count, it.text, sep="\t")
r = Tool.file_search.execute(query="retr(y|ies)", regex=True, path="docs", include="*.md", context=1, exclude=[])
for it in r.matches:
    print(it.line, JSON.stringify(it.before), JSON.stringify(it.after), sep="\t")
r = Tool.execute("file-search", query="Retries", case_sensitive=True, path="docs", max_results=0)
print(r.total, len(r.matches), str(r.truncated).lower(), sep="\t")
r = Tool.execute("file-search", operation="find", path="docs", hidden=True)
for it in r.files:
    print(it.path, it.size, sep="\t")
r = Tool.execute("file-search", operation="find", path="docs", query="*.md", max_results=1)
print(r.total, len(r.files), str(r.truncated).lower(), r.skipped.links, sep="\t")
