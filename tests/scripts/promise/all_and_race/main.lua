local function after(s, v) return Async.spawn(function() Async.sleep(s) return v end) end
print(JSON.stringify(Promise.all({ Promise.resolve(1), after(0.01, 2), Promise.resolve(3) }):await()))
print(Promise.race({ after(60, "slow"), after(0.01, "fast") }):await())
local p = Promise.all({ Promise.resolve(1), Promise.reject({ code = "bad", message = "m" }) })
local ok, e = pcall(p.await, p)
print(ok, e.code)
