print(Tool.execute("calculator", { input = "1 + 1" }).result)
print((pcall(Tool.execute, "calculator", { input = "1 +" })))
