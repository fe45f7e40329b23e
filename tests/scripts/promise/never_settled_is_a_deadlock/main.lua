local p = Promise.new(function() end)
local ok, e = pcall(p.await, p)
print(ok, e.code)
