for _, x in ipairs({ "2^10 + sqrt(2)", "2**10", "7 // 2", "7 % 3", "-3 + 1", "10 / 4", "2^100", "(1 + 2) * 3", "max(1, 5, 3)", "pi", "sin(0)", "1e3", "1 < 2" }) do
  local ok, r = pcall(Tool.execute, "calculator", { input = x })
  print(x, ok and r.text or r.code)
end
print(Tool.execute("calculator", { input = "price * (1 + rate)", variables = { price = 80, rate = 0.25 } }).text)
print(#JSON.stringify(Tool.execute("calculator", { operation = "functions" }).result) > 50)
