Tool.create({ name = "echo", description = "d", execute = function(p) return { value = p.value } end, parameters = {} })
local function echo(v) return Tool.execute("echo", { value = v }).result.value end
for _, v in ipairs({ math.maxinteger, math.mininteger, 9007199254740992, 9007199254740993, -9007199254740993 }) do
  local back = echo(v)
  print(back == v, math.type(back), JSON.stringify(back))
end
