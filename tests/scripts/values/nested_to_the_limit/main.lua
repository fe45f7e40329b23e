Tool.create({ name = "echo", description = "d", execute = function(p) return { value = p.value } end, parameters = {} })
local function nest(depth)
  local v = "bottom"
  for _ = 1, depth do v = { v } end
  return v
end
local function depth_of(v)
  local n = 0
  while type(v) == "table" do v, n = v[1], n + 1 end
  return n
end
print(depth_of(Tool.execute("echo", { value = nest(40) }).result.value))
local ok, e = pcall(Tool.execute, "echo", { value = nest(64) })
print(ok, e.code)
