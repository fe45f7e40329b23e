for _, p in ipairs({
  { operation = "read", path = "missing.txt" },
  { operation = "read", path = "folder" },
  { operation = "read", path = "/etc/passwd" },
  { operation = "read", path = "../outside" },
  { operation = "write", path = "new.txt", input = "x" },
  { operation = "delete", path = "given.txt" },
  { operation = "copy", path = "given.txt", to = "copy.txt" },
  { operation = "move", path = "given.txt", to = "moved.txt" },
  { operation = "create_dir", path = "d" },
  { operation = "list_dir", path = "/" },
  { operation = "metadata", path = "/etc/passwd" },
  { operation = "exists", path = "/etc/passwd" },
  { operation = "read", path = "bad.txt" },
}) do
  local ok, e = pcall(Tool.execute, "file-operations", p)
  print(p.operation, ok, ok and e.text or e.code)
end
