for _, path in ipairs{ "in/good.toml", "in/bad.toml", "out.toml" } do
  local ok, found = pcall(Workflow.from_file, path)
  print(path, ok and found:execute(1).success or found.code)
end
