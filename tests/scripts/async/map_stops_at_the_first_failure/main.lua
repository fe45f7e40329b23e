local done = {}
local ok, e = pcall(Async.map, { 1, 2, 3, 4, 5, 6 }, function(n)
  Async.sleep(0)
  if n == 2 then error({ code = "two", message = "two" }, 0) end
  done[#done + 1] = n
end, { limit = 1 })
print(ok, e.code, JSON.stringify(done))
