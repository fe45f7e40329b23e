local s = Streaming.create(function(emit) for i = 1, 4 do emit(i) end end)
print(s:next(), s:is_done())
print(JSON.stringify(s:collect()))
print(s:is_done(), s:next() == nil)
