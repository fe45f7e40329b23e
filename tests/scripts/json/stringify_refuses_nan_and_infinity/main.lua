for _, v in ipairs({ 0 / 0, 1 / 0, -1 / 0 }) do
  local ok, e = pcall(JSON.stringify, { v })
  print(ok, e.code)
end
