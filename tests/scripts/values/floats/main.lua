Tool.create({ name = "echo", description = "d", execute = function(p) return { value = p.value } end, parameters = {} })
local function echo(v) return Tool.execute("echo", { value = v }).result.value end
local nan = echo(0 / 0)
print(nan ~= nan, echo(1 / 0) == 1 / 0, echo(-1 / 0) == -1 / 0)
for _, v in ipairs({ 0.5, -0.25, 1e300, 5e-324, 1.7976931348623157e308, 0.1 }) do print(echo(v) == v) end
print(1 / echo(-0.0) == -1 / 0)
