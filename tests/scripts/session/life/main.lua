-- The first run makes a session and works on it, the second goes on.
local function show(v) print(JSON.stringify(v)) end
local id = State.get("id")
if not id then
  id = Session.create{ name = "trip", description = "to Oslo", tags = { "travel" }, metadata = { step = 1 } }
  State.set("id", id)
  Session.set_current(id)
  print(Session.get_current() == id, Session.getCurrent() == id)
  local s = Session.get(id)
  show{ s.name, s.description, s.tags, s.metadata, s.status, s.artifact_count, #s.runs }
  State.save("session:" .. id, "city", "Oslo")
  print(Session.checkpoint(id, "booked"))
  State.save("session:" .. id, "city", "Bergen")
  print(Session.restore(id), State.load("session:" .. id, "city"))
  Session.save(id)
  Session.suspend()
  print(Session.get_current() == nil, Session.get(id).status)
else
  print(Session.load(id) == id)
  Session.resume(id)
  Session.set_current(id)
  show(Session.update_metadata(id, { step = 2 }))
  show(Session.update(id, { name = "tour", tags = { "travel", "north" } }).tags)
  show(Session.get_metadata(id))
  show{ #Session.list(), #Session.list{ status = "active" }, #Session.list{ tags = { "south" } } }
  local other = Session.builder():name("other"):description("d"):tag("a"):tag("b"):metadata({ k = 1 }):build()
  show(Session.get(other).tags)
  for _, it in ipairs(Session.checkpoints(id)) do print(it.checkpoint, it.label) end
  Session.complete(id, { nights = 3 })
  local s = Session.get(id)
  show{ s.status, s.summary, #s.runs, s.completed_at ~= nil }
  print(Session.delete(id), Session.delete(id), Session.get(id) == nil, State.load("session:" .. id, "city") == nil)
end
