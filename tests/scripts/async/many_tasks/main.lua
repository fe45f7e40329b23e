local tasks = {}
for i = 1, 1000 do tasks[i] = Async.spawn(function() Async.sleep(0) return i end) end
local sum = 0
for _, t in ipairs(tasks) do sum = sum + t:await() end
print(sum)
