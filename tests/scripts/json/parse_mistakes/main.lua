for _, text in ipairs({ "", "{", "[1,]", '{"a" 1}', "nul", "01", "1.", "'x'", '"open', "[1] 2", '{"a":1,}', '"\\x"', "+1", ".5", "NaN", "Infinity", "[1 2]", '"\1"' }) do
  local ok, e = pcall(JSON.parse, text)
  print(ok, ok and "" or e.code)
end
