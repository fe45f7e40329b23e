local function after(s, v) return function() Async.sleep(s) return v end end
print(JSON.stringify(Async.all({ after(0.03, "a"), after(0.0, "b"), after(0.01, "c") })))
print(JSON.stringify(Async.all({})))
