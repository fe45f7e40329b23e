names = [row["name"] for row in Tool.list()]
print(JSON.stringify(names))
row = Tool.list({"category": "files"})[0]
print(row["name"], row["category"], row["version"], str(len(row["tags"]) > 0).lower(), str(len(row["description"]) > 0).lower(), sep="\t")
print(len(Tool.list(tag="math")), str(len(Tool.discover({"text": "json"})) > 0).lower(), str(len(Tool.list("utilities")) > 1).lower(), sep="\t")
print(Tool.search("hash")[0]["name"])
print(len(Tool.search("no such words in there")))
print(JSON.stringify(Tool.categories()))
