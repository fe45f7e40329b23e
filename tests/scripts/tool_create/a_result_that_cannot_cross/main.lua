local cycle = {}
cycle.me = cycle
Tool.create({ name = "cyclic", description = "d", parameters = {}, execute = function() return cycle end })
local ok, e = pcall(Tool.execute, "cyclic", {})
print(ok, e.code)
