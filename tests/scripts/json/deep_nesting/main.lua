local text = ("["):rep(500) .. ("]"):rep(500)
print(JSON.stringify(JSON.parse(text)) == text)
local ok, e = pcall(JSON.parse, ("["):rep(100000))
print(ok, e.code)
