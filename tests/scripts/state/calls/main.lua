-- What each call does; after each part nothing is left.
local function forget() for _, it in ipairs(State.scopes()) do State.clear(it) end end

print("-- get set exists delete")
do
  print(State.get("k") == nil, State.get("k", "default"), State.exists("k"))
  State.set("k", { a = 1 })
  print(JSON.stringify(State.get("k")), State.exists("k"))
  State.set("k", "new")
  print(State.get("k"))
  print(State.delete("k"), State.delete("k"), State.exists("k"))
end
forget()

print("-- set nil deletes")
do
  State.set("k", 1)
  State.set("k", nil)
  print(State.exists("k"))
  State.set("k", false)
  print(State.exists("k"), State.get("k", "default"))
end
forget()

print("-- scopes are apart")
do
  State.set("k", "global")
  for _, scope in ipairs({ "user:1", "session:s", "agent:a", "tool:t", "workflow:w", "custom:c", "mine" }) do State.save(scope, "k", scope) end
  for _, scope in ipairs({ "global", "user:1", "user:2", "session:s", "agent:a", "tool:t", "workflow:w", "custom:c", "custom:mine", "mine" }) do
    print(scope, State.load(scope, "k") or "nothing")
  end
  print(State.get("k", nil, "user:1"), State.exists("k", "user:2"))
  print(State.delete("user:1", "k"), State.load("user:1", "k") == nil, State.get("k"))
end
forget()

print("-- incr")
do
  print(State.incr("n"), State.incr("n", 5), State.incr("n", -2), State.incr("n", 1, "user:1"))
  print(State.incr("f", 0.5))
  State.set("text", "x")
  local ok, e = pcall(State.incr, "text")
  print(ok, e.code)
end
forget()

print("-- keys and all")
do
  for _, k in ipairs({ "user.b", "user.a", "other" }) do State.set(k, k:upper()) end
  print(JSON.stringify(State.keys()))
  print(JSON.stringify(State.keys("user.")))
  print(JSON.stringify(State.keys("*.a")))
  print(JSON.stringify(State.all()))
  print(JSON.stringify(State.list_keys()))
  print(JSON.stringify(State.list_keys("global", "user.*")))
  print(JSON.stringify(State.keys("nothing")))
end
forget()

print("-- update")
do
  print(State.update("list", function(v) return v or { "first" } end)[1])
  print(#State.update("list", function(v) v[#v + 1] = "second" return v end))
  print(JSON.stringify(State.get("list")))
  local ok, e = pcall(State.update, "list", function() error({ code = "mine", message = "m" }, 0) end)
  print(ok, e.code, #State.get("list"))
end
forget()

print("-- transaction")
do
  State.set("a", 10)
  State.set("b", 0)
  local moved = State.transaction(function(t)
    local a = t:get("a")
    t:set("a", a - 4)
    t:incr("b", 4)
    t:set("gone", 1)
    t:delete("gone")
    print(JSON.stringify(t:keys()), t:get("none", "default"))
    return a
  end)
  print(moved, State.get("a"), State.get("b"), State.exists("gone"))
  local ok, e = pcall(State.transaction, function(t)
    t:set("a", 0)
    error({ code = "changed_my_mind", message = "m" }, 0)
  end)
  print(ok, e.code, State.get("a"))
end
forget()

print("-- workflow agent tool")
do
  State.workflow_set("w", "k", 1)
  State.agent_set("a", "k", 2)
  State.tool_set("t", "k", 3)
  print(State.workflow_get("w", "k"), State.agent_get("a", "k"), State.tool_get("t", "k"))
  print(JSON.stringify({ State.workflow_list("w"), State.agent_list("a"), State.tool_list("t") }))
  print(State.load("workflow:w", "k"), State.agent_get("b", "k") == nil)
end
forget()

print("-- wrong arguments")
do
  for _, work in ipairs({
    function() State.set() end,
    function() State.get(5) end,
    function() State.set("k", print) end,
    function() State.incr("k", "x") end,
    function() State.update("k", "no function") end,
    function() State.get("a", nil, "global", "too many") end,
  }) do
    local ok, e = pcall(work)
    print(ok, e.code)
    print(e.message)
  end
end
forget()
