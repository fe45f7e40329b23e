local c = Async.channel(2)
local log = {}
local t = Async.spawn(function()
  for i = 1, 4 do
    c:send(i)
    log[#log + 1] = "sent " .. i
  end
end)
Async.sleep(0)
Async.sleep(0)
print(JSON.stringify(log))
for _ = 1, 4 do
  local v = c:receive()
  log[#log + 1] = "got " .. v
end
t:await()
print(#log)
