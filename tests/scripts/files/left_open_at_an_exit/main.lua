local before = io.open("out/left")
print(before and before:read("a") or "none")
io.open("out/left", "w"):write("not closed")
os.exit(4)
