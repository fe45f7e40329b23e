Run.checkpoint("begin")
Tool.execute("calculator", { input = "1 + 1" })
pcall(Tool.execute, "calculator", { input = "1 +" })
for _, e in ipairs(Run.journal()) do
  if e.target == "calculator" or e.target == "Tool" then print(e.target, e.method, e.error ~= nil) end
end
