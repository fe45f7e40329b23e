local list = { 3, 1, 2 }
local n = 0
local other = Async.spawn(function() for _ = 1, 3 do n = n + 1 Async.sleep(0) end end)
table.sort(list, function(a, b)
  local r = Tool.execute("calculator", { input = a .. " - " .. b }).result
  return r < 0
end)
other:await()
print(JSON.stringify(list), n)
