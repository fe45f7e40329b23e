local data = io.read("a")
io.write(#data, "\n", data:reverse())
