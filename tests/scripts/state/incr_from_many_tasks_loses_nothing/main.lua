local items = {}
for i = 1, 50 do items[i] = i end
Async.map(items, function() State.incr("n") end, { limit = 50 })
print(State.get("n"))
