local s = Streaming.create(function() end)
print(s:is_done(), s:next() == nil, #s:collect())
