local s = Streaming.create(function() for i = 1, 3 do coroutine.yield("v" .. i) end end)
while not s:isDone() do print(s:next()) end
