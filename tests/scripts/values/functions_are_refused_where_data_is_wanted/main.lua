local ok, e = pcall(State.set, "f", function() end)
print(ok, e.code)
ok, e = pcall(State.set, "f", { deep = { f = function() end } })
print(ok, e.code, e.message:find("deep.f", 1, true) ~= nil)
