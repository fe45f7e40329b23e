for _, work in ipairs({
  function() Config.add_allowed_path("/etc") end,
  function() Config.add_allowed_path(".", "write") end,
  function() Config.add_allowed_host("example.com") end,
}) do
  local ok, e = pcall(work)
  print(ok, e.code)
  print(#e.hint > 0)
end
Config.addAllowedPath(".")
print("granted already")
