local t = Async.spawn(function(a, b) return a + b end, 2, 3)
print(t:status())
print(t:await())
print(t:status(), t:done())
