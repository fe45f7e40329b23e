Tool.create({ name = "echo", description = "Gives back what it gets.", parameters = {}, execute = function(p) return { value = p.value } end })
local function echo(v) return Tool.execute("echo", { value = v }).result.value end
for _, v in ipairs({ 0, 1, -1, 127, 128, 255, 256, 65535, 65536, 4294967295, 4294967296, -32, -33, -128, -129, -32768, -32769, -2147483648, -2147483649 }) do
  assert(echo(v) == v, v)
end
print(echo("text"), echo(""), echo(true), echo(false), echo(1.5))
print(JSON.stringify(echo({ 1, 2, { a = "b" } })))
