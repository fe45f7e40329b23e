local order = {}
local tasks = {}
for i, s in ipairs({ 0.05, 0.01, 0.03 }) do tasks[i] = Async.spawn(function() Async.sleep(s) order[#order + 1] = i end) end
Async.all(tasks)
print(JSON.stringify(order))
