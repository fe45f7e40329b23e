local V = {}
V.__index = V
V.__add = function(a, b) return setmetatable({ n = Tool.execute("calculator", { input = a.n .. " + " .. b.n }).result }, V) end
V.__tostring = function(v) return "V" .. Tool.execute("calculator", { input = v.n .. " + 0" }).result end
local a = setmetatable({ n = 1 }, V) + setmetatable({ n = 2 }, V)
print(tostring(a))
