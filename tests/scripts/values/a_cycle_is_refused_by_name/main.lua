local t = { inner = {} }
t.inner.back = t
local ok, e = pcall(Tool.execute, "json-processor", { operation = "format", input = t })
print(ok, e.code)
print(e.message:find(".input.inner.back", 1, true) ~= nil)
