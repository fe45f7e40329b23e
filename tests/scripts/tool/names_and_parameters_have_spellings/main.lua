print(Tool.execute("hash_calculator", { input = "abc", algorithm = "md5" }).result.hash)
print(Tool.invoke("hash-calculator", { parameters = { input = "abc", algorithm = "md5" } }).result.hash)
print(Tool.execute("calculator", { input = "1" }).result, Tool.execute("calculator", { expression = "2" }).result)
