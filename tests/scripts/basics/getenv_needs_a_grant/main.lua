local ok, e = pcall(os.getenv, "SECRET")
print(ok, e.code)
print(e.message:find("SECRET", 1, true) ~= nil, e.hint:find("env:SECRET", 1, true) ~= nil)
print(os.getenv("GIVEN"))
