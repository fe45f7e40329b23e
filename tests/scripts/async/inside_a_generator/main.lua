local function squares(n)
  return coroutine.wrap(function()
    for i = 1, n do coroutine.yield(Tool.execute("calculator", { input = i .. "^2" }).result) end
  end)
end
local other = Async.spawn(function() Async.sleep(0) return "other" end)
for s in squares(4) do print(s) end
print(other:await())
