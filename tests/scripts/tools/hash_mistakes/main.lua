for _, p in ipairs({ {}, { input = "a", file = "b" }, { operation = "verify", input = "a" }, { operation = "verify", input = "a", hash = "xyz" }, { file = "missing" }, { file = "/etc/passwd" } }) do
  local ok, e = pcall(Tool.execute, "hash-calculator", p)
  print(ok, ok and JSON.stringify(e.result) or e.code)
end
