f = open("data.txt")
print(f.readline().rstrip("\n"))
print(f.read())
f.close()
for line in open("data.txt"):
    print("> " + line.rstrip("\n"))
with open("data.txt", "rb") as g:
    print(g.seek(0, 2), g.seek(2), g.read(3).decode(), sep="\t")
