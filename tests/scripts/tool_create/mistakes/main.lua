local function f() end
for _, it in ipairs({
  { description = "d", execute = f },
  { name = "x", description = "d" },
  { name = "bad name!", description = "d", execute = f },
  { name = "calculator", description = "d", execute = f },
  { name = "x", description = "d", execute = "no function" },
  { name = "x", description = "d", execute = f, parameters = { a = "no-such-type" } },
  { name = "x", description = "d", execute = f, unknown_field = 1 },
}) do
  local ok, e = pcall(Tool.create, it)
  print(ok, e.code)
  print(e.message)
end
