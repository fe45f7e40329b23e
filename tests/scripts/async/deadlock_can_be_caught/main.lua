local c = Async.channel()
local ok, e = pcall(c.receive, c)
print(ok, e.code)
