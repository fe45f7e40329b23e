local function show(what)
  local names = {}
  for _, it in ipairs(Run.labels()) do names[#names + 1] = it.source .. " (" .. it.label .. ")" end
  print(what .. ": " .. (#names > 0 and table.concat(names, ", ") or "nothing"))
end

show("at first")
State.set("kept", 1)
show("after writing")
Tool.execute("calculator", { input = "6 * 7" })
show("after a tool that reads nothing")
State.get("kept")
show("after reading state")
os.getenv("GREETING")
Tool.execute("file-operations", { operation = "read", path = "notes.txt" })
Tool.execute("file-operations", { operation = "read", path = "notes.txt" })
show("after files and the environment")
Run.mark("untrusted", "the mails on stdin")
show("after a mark")
local ok, err = pcall(Run.mark, "untrustd", "x")
print(ok, err.code, err.hint)
ok, err = pcall(Run.mark, "private", " ")
print(ok, err.code)
local last = Run.labels()[2]
print(last.actor, last.key ~= "")
