local saw
Tool.create({ name = "slow", description = "d", parameters = {}, execute = function()
  local ok, e = pcall(Async.sleep, 60)
  saw = e.code
  error(e, 0)
end })
local ok, e = pcall(Async.timeout, 0.05, function() return Tool.execute("slow", {}) end)
print(ok, e.code)
for _ = 1, 100 do
  if saw then break end
  Async.sleep(0.01)
end
print(saw)
