local ok, e = pcall(require, "neighbour")
print(ok)
