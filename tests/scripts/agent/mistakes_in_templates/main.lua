-- What is wrong in a template is said with its file; what is given beside it is the script's.
local function tried(...)
  local ok, e = pcall(Agent.create_from_template, ...)
  if ok then return print(ok) end
  print(ok, e.code, e.message:match("agents/.*") or e.message)
  print("", (e.hint:match("^[^;]*")))
end
tried("a", "adder")
tried("b", "adder", { tools = { "calculater" } })
tried("c", "adder", { tools = { "calculatr" } })
tried("d", "adder", { tools = { "calculator" } })
tried("f", "lost", { model = "echo" })
tried("g", "haiku", { season = "autumn" })
local ok, e = pcall(Agent.create_from_template, "e", "lost")
print(ok, e.code, e.message:match("agents/lost.toml: ") ~= nil, e.details.file:match("agents/.*"))
