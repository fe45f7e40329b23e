local c = Async.channel(1)
local got = {}
local workers = {}
for _ = 1, 3 do
  workers[#workers + 1] = Async.spawn(function()
    while true do
      local v = c:receive()
      if v == nil then return end
      got[#got + 1] = v
    end
  end)
end
for i = 1, 9 do c:send(i) end
c:close()
Async.all(workers)
table.sort(got)
print(JSON.stringify(got))
