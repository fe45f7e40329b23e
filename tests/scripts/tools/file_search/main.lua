local r = Tool.execute("file-search", { query = "retries", path = "./docs" })
print(r.text)
print(r.result.total, r.result.files_matched, r.result.files_searched, r.result.truncated)
for _, it in ipairs(r.result.files) do print(it.path, it.count) end
for _, it in ipairs(r.result.matches) do print(it.path, it.line, it.count, it.text) end
r = Tool.file_search.execute{ query = "retr(y|ies)", regex = true, path = "docs", include = "*.md", context = 1, exclude = {} }
for _, it in ipairs(r.matches) do print(it.line, JSON.stringify(it.before), JSON.stringify(it.after)) end
r = Tool.execute("file-search", { query = "Retries", case_sensitive = true, path = "docs", max_results = 0 })
print(r.total, #r.matches, r.truncated)
r = Tool.execute("file-search", { operation = "find", path = "docs", hidden = true })
for _, it in ipairs(r.files) do print(it.path, it.size) end
r = Tool.execute("file-search", { operation = "find", path = "docs", query = "*.md", max_results = 1 })
print(r.total, #r.files, r.truncated, r.skipped.links)
