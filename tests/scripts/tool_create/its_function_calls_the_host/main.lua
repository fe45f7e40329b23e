Tool.create({ name = "double", description = "d", parameters = { n = "integer" }, execute = function(p)
  State.incr("calls")
  return Tool.execute("calculator", { input = p.n .. " * 2" }).result
end })
Tool.create({ name = "quadruple", description = "d", parameters = { n = "integer" }, execute = function(p)
  return Tool.execute("double", { n = Tool.execute("double", { n = p.n }).result }).result
end })
print(Tool.execute("quadruple", { n = 5 }).result, State.get("calls"))
