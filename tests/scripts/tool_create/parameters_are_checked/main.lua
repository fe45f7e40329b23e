Tool.create({ name = "typed", description = "d", parameters = { n = "integer", note = "string?" }, execute = function(p) return p.n + 1 end })
print(Tool.execute("typed", { n = 1 }).result)
for _, p in ipairs({ {}, { n = "x" }, { n = 1, other = 2 }, { n = 1, note = 5 } }) do
  local ok, e = pcall(Tool.execute, "typed", p)
  print(ok, e.code)
  print(e.message)
end
