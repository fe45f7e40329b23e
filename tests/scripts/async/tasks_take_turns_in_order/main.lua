local tasks = {}
for i = 1, 3 do
  tasks[i] = Async.spawn(function()
    for step = 1, 3 do
      print(i .. "." .. step)
      Async.sleep(0)
    end
    return i * 10
  end)
end
print(JSON.stringify(Async.all(tasks)))
