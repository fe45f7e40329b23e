local id = Session.create{ name = "s" }
print(Artifact.store_file(id, "note.txt", "input", { tags = { "x" } }).sequence)
print(Artifact.storeFile(id, "sub/more.txt").sequence)
print(Artifact.get(id, "more.txt").content, Artifact.get(id, "note.txt").type)
local ok, e = pcall(Artifact.store_file, id, "private/key.txt")
print(ok, e.code)
ok, e = pcall(Artifact.store_file, id, "none.txt")
print(ok, e.code)
print(#Artifact.list(id))
