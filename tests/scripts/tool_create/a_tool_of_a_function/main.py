def greet(p):
    text = "hello " + p["name"]
    return text.upper() if p["loud"] else text
t = Tool.create({
    "name": "greet",
    "description": "Greets someone.",
    "parameters": {"name": "string", "loud": {"type": "boolean", "default": False}},
    "execute": greet,
})
print(t.name, t.description, sep="\t")
print(t.execute({"name": "ada"}).result)
print(Tool.execute("greet", {"name": "ada", "loud": True}).result)
print(Tool["greet"].execute({"name": "index"}).text)
print(str(Tool.exists("greet")).lower(), Tool.get("greet").name, Tool.list({"category": "script"})[0]["name"], sep="\t")
