local names = {}
for _, row in ipairs(Tool.list()) do names[#names + 1] = row.name end
print(JSON.stringify(names))
local row = Tool.list({ category = "files" })[1]
print(row.name, row.category, row.version, #row.tags > 0, #row.description > 0)
print(#Tool.list({ tag = "math" }), #Tool.discover({ text = "json" }) > 0, #Tool.list("utilities") > 1)
print(Tool.search("hash")[1].name)
print(#Tool.search("no such words in there"))
print(JSON.stringify(Tool.categories()))
