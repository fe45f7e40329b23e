for _, it in ipairs({ { "/etc/passwd", "r" }, { "../../x", "r" }, { "new.txt", "w" }, { "data.txt", "a" } }) do
  local ok, e = pcall(io.open, it[1], it[2])
  print(it[1], ok, e.code, #e.hint > 0)
end
