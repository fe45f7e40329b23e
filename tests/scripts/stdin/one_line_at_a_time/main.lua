print(io.read())
print(io.read("l"))
io.write(io.read("L"))
print(io.read() == nil)
