local ok, e = pcall(io.open, "data.txt")
print(ok, e.code)
