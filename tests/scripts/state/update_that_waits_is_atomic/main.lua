State.set("n", 0)
local items = {}
for i = 1, 10 do items[i] = i end
Async.map(items, function()
  State.update("n", function(v)
    Async.sleep(0)
    Tool.execute("calculator", { input = "1" })
    return v + 1
  end)
end, { limit = 10 })
print(State.get("n"))
