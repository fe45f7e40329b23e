local function tried(fields)
  local ok, e = pcall(Agent.create, fields)
  if ok then return print("made", e.name) end
  print(e.code, e.message)
  if e.hint then print("", e.hint) end
end
for line in io.lines() do
  if line ~= "" then tried(JSON.parse(line)) end
end
tried({ model = "echo", schema = print })
tried({ model = "echo", custom = { list = { print } } })
tried({ model = "echo", tools = { print } })
tried({ model = Agent.create{ model = "echo", name = "one" } })
local ok, e = pcall(Agent.create, { model = "echo", system = "a", instructions = "b" })
print(e.code, e.hint, e.details.path == "$.system" or e.details.path == "$.instructions")
ok, e = pcall(Agent.create, { model = "scripted/nowhere" })
print(e.code, e.message, (e.hint:gsub("; searched in .*", ""):gsub(" .*/scripted/", " … scripted/")))
print(#Agent.list()) -- nothing was made of what is wrong
