local now, most = 0, 0
local items = {}
for i = 1, 12 do items[i] = i end
Async.map(items, function()
  now = now + 1
  if now > most then most = now end
  Async.sleep(0.001)
  now = now - 1
end, { limit = 3 })
print(most)
local started = {}
Async.map({ 1, 2, 3, 4 }, function(n) started[#started + 1] = n Async.sleep(0) return n end, { limit = 1 })
print(JSON.stringify(started))
local ok, e = pcall(Async.map, { 1 }, print, { limit = -1 })
print(ok, e.code)
