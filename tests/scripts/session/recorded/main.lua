-- What the first run did while the session was current, the second one sees.
local id = "work"
if not Session.get(id) then
  Session.create{ id = id }
  print(Session.can_replay(id), #Session.list_replayable())
  Session.set_current(id)
  Tool.execute("calculator", { input = "6 * 7" })
else
  print(Session.can_replay(id), Session.canReplay(id), Session.list_replayable()[1], Session.listReplayable()[1])
  local told = Session.get_replay_metadata(id)
  print(#told.runs, #told.missing, told.can_replay, told.runs[1].outcome, Session.getReplayMetadata(id).session_id)
  local shown = Session.replay(id)
  print(shown.mode, shown.more)
  for _, it in ipairs(shown.entries) do
    if it.target == "Tool" then print(it.key, it.method, it.args[1], it.result.text) end
  end
  local first = Session.replay(id, { limit = 1 })
  print(#first.entries, first.more, #Session.replay(id, { offset = 1 }).entries == #shown.entries - 1)
end
