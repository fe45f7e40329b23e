local function rest(id)
  local got = {}
  while true do
    local e = Event.receive(id, 0)
    if not e then return table.concat(got, " ") end
    got[#got + 1] = e.data
  end
end
local oldest = Event.subscribe("n", { capacity = 3 })
local newest = Event.subscribe("n", { capacity = 3, when_full = "drop_newest" })
for i = 1, 5 do Event.publish("n", i) end
for _, row in ipairs(Event.list_subscriptions()) do
  print(row.when_full, row.capacity, row.queued, row.delivered, row.dropped)
end
print(rest(oldest), "|", rest(newest))
print(Event.get_stats().dropped)

-- A queue that refuses: nobody gets the event, and the publisher is told.
local strict = Event.subscribe("n", { capacity = 2, when_full = "error" })
print(Event.publish("n", 6), Event.publish("n", 7))
local ok, e = pcall(Event.publish, "n", 8)
print(ok, e.code, e.details.queued, e.details.event_type)
print(rest(oldest), "|", rest(strict))
print(Event.publish("n", 9), rest(strict))
Event.unsubscribe(strict)
for i = 1, 4 do Event.publish("n", i) end
print(rest(oldest))

-- The queue of a function is bounded, too: it is handled when the script waits.
local got, finished = {}, Event.subscribe("finished")
Event.on("m", function(e)
  got[#got + 1] = e.data
  if e.data == 20 then Event.publish("finished") end
end, { capacity = 2 })
for i = 1, 20 do Event.publish("m", i) end
Event.receive(finished)
print(got[#got], #got <= 20)

-- 1 MB at most.
print(pcall(Event.publish, "big", ("x"):rep(1000000)))
ok, e = pcall(Event.publish, "big", ("x"):rep(1100000))
print(ok, e.code, e.message)
