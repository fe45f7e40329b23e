-- llmspell: deny = ["tool:calculator", "read:./secret"]
for _, path in ipairs({ "open.txt", "secret/a.txt" }) do
  print(path, (pcall(function() return io.open(path):read("a") end)))
end
print("calculator", (pcall(Tool.execute, "calculator", { input = "1" })))
print("hash", (pcall(Tool.execute, "hash-calculator", { operation = "hash", input = "a" })))
