local ok, e = pcall(Tool.execute, "calculator", { input = "1" })
print(ok, e.code)
print(Tool.execute("hash-calculator", { input = "abc", algorithm = "md5" }).result.hash)
