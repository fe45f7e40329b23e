local function after(s, v) return function() Async.sleep(s) return v end end
local slow = Async.spawn(after(60, "slow"))
print(Async.race({ slow, after(0.01, "fast") }))
pcall(slow.await, slow)
print(slow:status())
local ok, e = pcall(Async.race, { after(60, "x"), function() error({ code = "mine", message = "failed first" }, 0) end })
print(ok, e.code, e.message)
local ok2, e2 = pcall(Async.race, {})
print(ok2, e2.code)
