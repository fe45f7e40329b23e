local text = io.read("a")
print(#text, text:sub(1, 3))
print(#io.read("a"))
