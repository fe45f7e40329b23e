local ok, e = pcall(JSON.stringify, { f = print })
print(ok, e.code)
