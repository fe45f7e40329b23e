-- Tasks at once lose nothing; after each part nothing is left.
local function forget() for _, it in ipairs(State.scopes()) do State.clear(it) end end

print("-- incr from many tasks loses nothing")
do
  local items = {}
  for i = 1, 50 do items[i] = i end
  Async.map(items, function() State.incr("n") end, { limit = 50 })
  print(State.get("n"))
end
forget()

print("-- update that waits is atomic")
do
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
end
forget()
