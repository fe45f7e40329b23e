local waiting, most = 0, 0
Tool.create({ name = "slow", description = "d", parameters = {}, execute = function()
  waiting = waiting + 1
  if waiting > most then most = waiting end
  Async.sleep(0.02)
  waiting = waiting - 1
  return "ok"
end })
Async.map({ 1, 2, 3, 4, 5 }, function() return Tool.execute("slow", {}).result end, { limit = 5 })
print(most)
