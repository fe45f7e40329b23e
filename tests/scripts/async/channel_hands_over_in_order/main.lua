local c = Async.channel()
Async.spawn(function()
  for i = 1, 5 do c:send(i) end
  c:close()
end)
while true do
  local v = c:receive()
  if v == nil then break end
  print(v)
end
