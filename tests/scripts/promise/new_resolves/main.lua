local p = Promise.new(function(resolve) resolve(42) end)
print(p:await())
local later
local q = Promise.new(function(resolve) later = resolve end)
Async.spawn(function() later("late") later("ignored") end)
print(q:await())
