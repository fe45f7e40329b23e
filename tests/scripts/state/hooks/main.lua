-- Every point of state and of sessions is reached, and what hooks say there has its effect.
local seen = {}
local function watch(point) Hook.register(point, function(c) seen[#seen + 1] = point .. " " .. tostring(c.name) end) end
for _, it in ipairs{ "AfterStateRead", "AfterStateWrite", "StateMigration", "StateConflict" } do watch(it) end
Hook.register("BeforeStateWrite", function(c)
  if c.input.key == "secret" then return { type = "cancel", reason = "no secrets" } end
  if c.input.key == "upper" then c.input.value = c.input.value:upper() return { type = "modified", data = c.input } end
  if c.input.key == "left" then return { type = "replace", data = "left out" } end
end)
Hook.register("BeforeStateRead", function(c)
  if c.input.key == "virtual" then return { type = "replace", data = 42 } end
end)
State.set("upper", "text")
State.set("left", 1)
print(State.get("upper"), State.get("left") == nil, State.get("virtual"))
local ok, e = pcall(State.set, "secret", 1)
print(ok, e.code, e.message)
State.transaction(function(tx) tx:set("upper", "more") tx:incr("n") end)
print(State.get("upper"), State.get("n"))
State.migrate("user:1", { { version = 1, up = function(tx) tx:set("k", 1) end } })
local first = true
State.update("n", function(n)
  if first then first = false State.transaction(function(tx) tx:set("n", 10) end) end
  return n + 1
end)
print(State.get("n"))
local sessions = {}
for _, it in ipairs{ "SessionStart", "SessionSave", "SessionCheckpoint", "SessionRestore", "SessionEnd" } do
  Hook.register(it, function(c) sessions[#sessions + 1] = it .. " " .. c.input.status end)
end
local id = Session.create{ name = "s" }
Session.save(id) Session.suspend(id) Session.resume(id) Session.complete(id)
print(table.concat(seen, ", "))
print(table.concat(sessions, ", "))
