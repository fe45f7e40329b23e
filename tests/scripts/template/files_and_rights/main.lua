local model = "scripted/cast"
local function try(name, params)
  params.model = params.model or model
  local ok, r = pcall(Template.execute, name, params)
  if ok then print(ok, r.success, (r.text:gsub("\n+", " ")), r.metadata.error and r.metadata.error.code) else print(ok, r.code, r.details.kind, (r.hint:match("%-%-allow %l+:"))) end
end

try("map-reduce", { instruction = "When?", paths = "notes" })
try("map-reduce", { instruction = "When?", paths = { "notes/a.txt", "secret.txt" } })
try("document-processor", { paths = "notes/../secret.txt" })
try("content-generation", { topic = "x", edit = false, save_to = "out/text.md" })
try("content-generation", { topic = "x", edit = false, save_to = "elsewhere.md" })
try("file-classification", { folder = "notes", categories = { "a", "b" } })
try("map-reduce", { instruction = "When?", paths = "notes", model = "echo" })
local ok, e = pcall(Template.estimate_cost, "map-reduce", { instruction = "When?", paths = "secret.txt" })
print(ok, e.code)
ok, e = pcall(Template.execute, "knowledge-management", { operation = "list" })
print(e.code, e.hint:match("^run again with %-%-profile medium"))
