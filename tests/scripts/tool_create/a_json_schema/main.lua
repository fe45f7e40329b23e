Tool.register({
  name = "schema_tool", description = "d",
  parameters = { type = "object", properties = { list = { type = "array", items = { type = "integer" } } }, required = { "list" } },
  execute = function(p) local s = 0 for _, v in ipairs(p.list) do s = s + v end return { sum = s } end,
})
local r = Tool.execute("schema_tool", { list = { 1, 2, 3 } })
print(r.result.sum, r.sum)
local ok, e = pcall(Tool.execute, "schema_tool", { list = { 1, "x" } })
print(ok, e.code, e.message:find("list[1]", 1, true) ~= nil)
