local id = Event.subscribe("order.*")
print(Event.publish("order.paid", { amount = 12, items = { "a", "b" } }, { metadata = { source = "shop" } }))
print(Event.emit("other", 1))
print(Event.publish("order.sent.late"))
local e = Event.receive(id)
print(e.event_type, e.data.amount, e.data.items[2], e.sequence, e.metadata.source)
print(e.id == e.correlation_id, e.timestamp > 1e9)
e = Event.receive(id)
print(e.event_type, e.data, e.sequence)
print(Event.receive(id, 0))

-- Patterns.
local patterns = { "*", "order.paid", "order.?aid", "order.[ps]*", "*.paid", "order", "order.**" }
local ids = {}
for i, pattern in ipairs(patterns) do ids[i] = Event.subscribe(pattern) end
for _, type in ipairs{ "order.paid", "order.sent", "order", "order.item.paid" } do Event.publish(type) end
for i, pattern in ipairs(patterns) do
  local got = {}
  while true do
    local it = Event.receive(ids[i], 0)
    if not it then break end
    got[#got + 1] = it.event_type
  end
  print(pattern, table.concat(got, " "))
end

-- All kinds of data arrive as they were.
local all = Event.subscribe("data")
for _, data in ipairs{ "text", 1.5, true, { 1, 2 }, { a = { b = {} } }, 12 } do Event.publish("data", data) end
local parts = {}
for i = 1, 6 do parts[i] = JSON.encode(Event.receive(all).data) end
print(table.concat(parts, " "))

-- The end of subscriptions.
print(Event.unsubscribe(id), Event.unsubscribe(id), Event.unsubscribe("nothing"))
for _, it in ipairs(ids) do Event.unsubscribe(it) end
local rows = Event.list_subscriptions()
print(#rows, rows[1].pattern, rows[1].kind, rows[1].delivered, rows[1].handled, rows[1].queued, rows[1].when_full)
local stats = Event.get_stats()
print(stats.published, stats.delivered, stats.received, stats.dropped, stats.queued, stats.queued_bytes, stats.subscriptions)
