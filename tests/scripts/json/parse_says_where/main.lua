local _, e = pcall(JSON.parse, '{\n  "a": 1,\n  "b": oops\n}')
print(e.code, e.message:find("line 3 column 8", 1, true) ~= nil)
