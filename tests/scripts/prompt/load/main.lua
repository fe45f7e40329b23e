local p = Prompt.load("greeting")
print(p.name, p.text)
print(p:render({ who = "world" }))
print(Prompt.load("other.md"):render())
