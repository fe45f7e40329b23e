-- Three runs: the first migrates, the second has nothing to do, and the third, which knows less, is refused.
local n = State.incr("runs")
local function name(tx) tx:set("first", tx:get("name", "ada")) tx:delete("name") end
local function count(tx) tx:set("n", #tx:keys()) end
local steps = { { version = 1, up = name }, { version = 2, up = count } }
if n == 1 then
  State.save("user:1", "name", "grace")
  print(State.version("user:1"), JSON.stringify(State.versions()))
  local ok, e = pcall(State.migrate, "user:1", { steps[1], { version = 2, up = function(tx) tx:clear() end } })
  print(ok, State.version("user:1"), State.load("user:1", "name"))
  local done = State.migrate("user:1", steps)
  print(done.scope, done.from, done.to, JSON.stringify(done.steps))
  print(JSON.stringify(State.all("user:1")))
  local more = { steps[1], steps[2], { version = 7, up = function(tx) tx:incr("n") end, description = "later" } }
  print(State.migrate{ scope = "user:1", steps = more, to = 7 }.to, State.load("user:1", "n"))
elseif n == 2 then
  print(State.version("user:1"), JSON.stringify(State.get_schema_versions()))
else
  for _, given in ipairs{ steps, {}, { { version = 1 } }, { { version = 2, up = count }, { version = 1, up = count } } } do
    local ok, e = pcall(State.migrate, "user:1", given)
    print(ok, e.code, e.message)
  end
  print(State.clear("user:1"), State.version("user:1"), State.migrate("user:1", steps).to)
end
