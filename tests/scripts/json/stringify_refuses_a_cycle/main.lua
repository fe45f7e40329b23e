local t = {}
t.self = t
local ok, e = pcall(JSON.stringify, t)
print(ok, e.code)
