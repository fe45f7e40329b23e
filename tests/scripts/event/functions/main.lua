-- Functions are called in order, one event at a time, beside the rest of the script.
local seen = {}
local id = Event.on("step.*", function(e)
  Async.sleep(0)
  seen[#seen + 1] = e.event_type .. e.data
  if #seen == 3 then Event.publish("all.seen") end
end)
local first = {}
local once = Event.once("step.*", function(e) first[#first + 1] = e.data end)
local done = Event.subscribe("all.seen")
for i = 1, 3 do Event.publish("step." .. i, i) end
Event.receive(done)
print(table.concat(seen, " "), table.concat(first, " "))
print(Event.unsubscribe(once), Event.unsubscribe(id))
Event.publish("step.4", 4)
print(#Event.list_subscriptions())

-- Those with a higher priority are begun first.
local order = {}
local function note(name) return function() order[#order + 1] = name if #order == 3 then Event.publish("noted") end end end
local noted = Event.subscribe("noted")
Event.on("x", note("normal"))
Event.on("x", note("low"), { priority = "low" })
Event.on("x", note("high"), { priority = "high" })
Event.publish("x")
Event.receive(noted)
print(table.concat(order, " "))

-- One that fails or takes too long gets the next event, and others are not disturbed.
local good, reached = 0, Event.subscribe("reached")
Event.on("y", function(e)
  if e.data == 1 then error("no good") end
  if e.data == 2 then Async.sleep(60) end
  Event.publish("reached", e.data)
end, { timeout_ms = 50 })
Event.on("y", function() good = good + 1 end)
for i = 1, 3 do Event.publish("y", i) end
print(Event.receive(reached).data, good)
local failed, handled
for _, row in ipairs(Event.list_subscriptions()) do
  if row.pattern == "y" and row.failed > 0 then failed, handled = row.failed, row.handled end
end
print(failed, Event.get_stats().failed)

-- What they do is the script's: tools and all.
local result = Event.subscribe("result")
Event.on("compute", function(e) Event.publish("result", Tool.execute("calculator", { input = e.data }).result) end)
Event.publish("compute", "6 * 7")
print(Event.receive(result).data)
