p = Prompt.load("greeting")
print(p.name, p.text, sep="\t")
print(p.render({"who": "world"}))
print(Prompt.load("other.md").render())
