local log = {}
local s = Streaming.create(function(emit) for i = 1, 100 do log[#log + 1] = i emit(i) end end)
print(#log)
s:next()
s:next()
print(#log <= 3)
