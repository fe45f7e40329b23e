local id = Session.create{ name = "s" }
Session.set_current(id)
local a = Artifact.store(id, "report", "a.md", "hello", { author = "ada", mime_type = "text/markdown", tags = { "x", "y" } })
print(a.content_hash, a.session_id == id, a.sequence)
local b = Artifact.store(nil, "raw", "b", "\255\0\1", { mime_type = "application/x-b" })
local again = Artifact.store("", "report", "a.md", "hello")
print(b.sequence, again.sequence, again.content_hash == a.content_hash)
local found = Artifact.get(id, a)
print(found.content, found.metadata.author, found.metadata.name, found.mime_type, found.size, #found.tags)
print(#Artifact.get(id, "b").content, Artifact.get(id, 2).mime_type, Artifact.get(id, b.content_hash).is_text)
print(Artifact.get(id, "a.md").sequence, Artifact.get(id, { sequence = 1 }).sequence)
for _, it in ipairs(Artifact.list(id)) do print(it.sequence, it.type, it.name, it.size) end
local function count(query) return #Artifact.query(query) end
print(count{}, count{ type = "report" }, count{ name_pattern = "*.md", tags = { "x" } }, count{ min_size = 4 }, count{ limit = 1 })
print(count{ metadata = { author = "ada" } }, count{ session_id = id, created_after = "2020-01-01T00:00:00Z" }, count{ created_before = 1 })
print(Artifact.delete(id, a), Artifact.delete(id, a), Artifact.get(id, again).content)
print(Session.get(id).artifact_count, Session.get(id).artifact_bytes)
