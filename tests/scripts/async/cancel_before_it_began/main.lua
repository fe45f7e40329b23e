local ran = false
local t = Async.spawn(function() ran = true end)
print(t:cancel())
local ok, e = pcall(t.await, t)
print(ok, e.code, t:status(), ran)
