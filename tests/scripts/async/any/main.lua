local function fails(s, code) return function() Async.sleep(s) error({ code = code, message = code }, 0) end end
print(Async.any({ fails(0, "one"), function() Async.sleep(0.01) return "good" end, fails(0.02, "two") }))
local ok, e = pcall(Async.any, { fails(0.01, "last"), fails(0, "first") })
print(ok, e.code)
