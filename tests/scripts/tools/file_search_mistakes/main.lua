for _, p in ipairs({
  {},
  { query = "" },
  { query = "given", path = "missing" },
  { query = "given", path = "secret" },
  { query = "given", path = "/etc" },
  { query = "given", path = ".." },
  { query = "(", regex = true },
  { query = "a\nb" },
  { query = "a", include = "../*" },
  { query = "a", include = { 3 } },
  { query = "a", modified_after = "soon" },
  { query = "a", max_results = 5000 },
  { operation = "find", query = "a", include = "b" },
  { operation = "replace", query = "a" },
  { query = "given", include = { "*.txt" } },
}) do
  local ok, e = pcall(Tool.execute, "file-search", p)
  print(p.query or "-", ok, ok and e.result.total or e.code)
end
