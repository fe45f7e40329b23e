-- The second run looks at what the first one said: as it was, told otherwise, and beside itself.
local n = State.get("n") or 1
local sum = Tool.execute("calculator", { input = n .. " + 1" }).text
print(n, sum)
State.set("n", n + 1)
if n == 2 then
  local shown = Replay.run("last")
  print(shown.mode, shown.outcome, shown.more, #shown.calls, shown.run_id ~= Run.id)
  for _, it in ipairs(shown.calls) do print(it.key, it.kind, it.target, it.method, it.modified) end
  print(shown.calls[2].args[1], shown.calls[2].args[2].input, shown.calls[2].result.text)
  local labels = Run.labels()
  print(labels[#labels].label, labels[#labels].source)

  local change = Replay.create_modification("result", "0:2.text", "three")
  local failed = Replay.create_modification("error", "State.set", "no room")
  local off = Replay.create_modification("result", "0:1", 7, false)
  local told = Replay.run("last", Replay.create_config("modified", { modifications = { change, failed, off } }))
  print(told.calls[1].modified, told.calls[2].result.text, told.calls[3].error.message, told.calls[3].result == nil)
  local part = Replay.run(shown.run_id, { offset = 1, limit = 1 })
  print(#part.calls, part.calls[1].key, part.offset, part.more)

  local found = Replay.run("last", { mode = "compare", compare_with = Run.id, ignore = { "duration_ms" } }).comparison
  print(found.same, found.compared, #found.only_first, #found.only_second > 0)
  for _, it in ipairs(found.differences) do print(it.key, it.part, it.lines[1]) end
  local by = Replay.create_comparator()
  local same = by:compare_runs("last", "last")
  print(same.same, same.compared, #same.differences)
end
