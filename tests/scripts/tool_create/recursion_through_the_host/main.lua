Tool.create({ name = "fact", description = "d", parameters = { n = "integer" }, execute = function(p)
  if p.n <= 1 then return 1 end
  return p.n * Tool.execute("fact", { n = p.n - 1 }).result
end })
print(Tool.execute("fact", { n = 12 }).result)
