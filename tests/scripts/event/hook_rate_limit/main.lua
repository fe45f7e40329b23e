for i = 1, 3 do
  local ok, e = pcall(Tool.execute, "calculator", { input = "1 + 1" })
  print(ok, ok and e.result or e.code, not ok and e.message:match("more than 2 in 3600 s") or "")
end
print(Tool.execute("text-manipulator", { operation = "uppercase", input = "free" }).text)
