local p = Promise.new(function(resolve) resolve(Async.spawn(function() return Tool.execute("calculator", { input = "6*7" }).result end)) end)
print(p:and_then(function(v) return v + 0 end):await())
