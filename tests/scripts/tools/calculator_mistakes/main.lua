for _, x in ipairs({ "1 / 0", "1 +", "nope", "nope(1)", "9**9**9**9", "__import__('os')", "'a' * 10**9", "sqrt(-1)", "" }) do
  local ok, e = pcall(Tool.execute, "calculator", { input = x })
  print(x, ok, ok and e.text or e.code)
end
