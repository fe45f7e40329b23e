local ok, e = pcall(require, "no_such_module")
print(ok, e.code)
