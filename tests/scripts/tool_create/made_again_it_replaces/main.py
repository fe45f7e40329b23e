def make(text):
    Tool.create({"name": "again", "description": text, "parameters": {}, "execute": lambda p: text})
make("first")
make("second")
print(Tool.execute("again", {}).result, Tool.get("again").description, sep="\t")
