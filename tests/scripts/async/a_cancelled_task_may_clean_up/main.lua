local t = Async.spawn(function()
  pcall(Async.sleep, 60)
  print(Tool.execute("calculator", { input = "1 + 1" }).result)
  return "cleaned up"
end)
Async.sleep(0)
t:cancel()
print(t:await(), t:status())
