def fails(fn, *args):
    try:
        fn(*args)
    except Exception as e:
        print("false", e.code, sep="\t")
id = Session.create(name="s")
print(Artifact.store_file(id, "note.txt", "input", {"tags": ["x"]})["sequence"])
print(Artifact.storeFile(id, "sub/more.txt")["sequence"])
print(Artifact.get(id, "more.txt")["content"], Artifact.get(id, "note.txt")["type"], sep="\t")
fails(Artifact.store_file, id, "private/key.txt")
fails(Artifact.store_file, id, "none.txt")
print(len(Artifact.list(id)))
