local t
t = Async.spawn(function() return t:await() end)
local ok, e = pcall(t.await, t)
print(ok, e.code)
