State.set("k", "global")
for _, scope in ipairs({ "user:1", "session:s", "agent:a", "tool:t", "workflow:w", "custom:c", "mine" }) do State.save(scope, "k", scope) end
for _, scope in ipairs({ "global", "user:1", "user:2", "session:s", "agent:a", "tool:t", "workflow:w", "custom:c", "custom:mine", "mine" }) do
  print(scope, State.load(scope, "k") or "nothing")
end
print(State.get("k", nil, "user:1"), State.exists("k", "user:2"))
print(State.delete("user:1", "k"), State.load("user:1", "k") == nil, State.get("k"))
