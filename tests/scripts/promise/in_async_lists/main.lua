local p = Promise.resolve("p")
print(JSON.stringify(Async.all({ p, Async.spawn(function() return "t" end), function() return "f" end })))
print(Async.race({ Promise.new(function() end), Promise.resolve("first") }))
