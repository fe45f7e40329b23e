for _, it in ipairs({
  { "hash-calculator", { input = "x", algorithm = "sha257" } },
  { "hash-calculator", { inputt = "x" } },
  { "calculator", { input = true } },
  { "url-analyzer", {} },
  { "json-processor", {} },
  { "text-manipulator", { operation = "uppercased", input = "x" } },
  { "file-operations", { operation = "read", path = "x", offset = -1 } },
}) do
  local ok, e = pcall(Tool.execute, it[1], it[2])
  print(ok, e.code)
  print(tostring(e))
end
