local c = Async.channel(2)
local shared = { n = 1 }
c:send(function(x) return x * 2 end)
c:send(shared)
print(c:receive()(21))
c:receive().n = 5
print(shared.n)
