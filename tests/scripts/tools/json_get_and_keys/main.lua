local text = '{"users":[{"name":"Ada","tags":["x","y"]},{"name":"Bob","tags":[]}],"a.b":1}'
for _, q in ipairs({ "users[0].name", "users[*].name", "users[-1].name", "/users/1/name", "users", "" }) do
  local ok, r = pcall(Tool.execute, "json-processor", { operation = "get", input = text, query = q })
  print(q, ok and JSON.stringify(r.result) or r.code)
end
print(JSON.stringify(Tool.execute("json-processor", { operation = "get", input = text, query = "nope.nothing", default = "d" }).result))
local ok, e = pcall(Tool.execute, "json-processor", { operation = "get", input = text, query = "nope" })
print(ok, e.code)
print(JSON.stringify(Tool.execute("json-processor", { operation = "keys", input = text }).result))
