-- Whoever waits for an event keeps nobody else from going on.
local id, steps = Event.subscribe("late"), {}
local waiting = Async.spawn(function() return Event.receive(id, 20000).data end)
local other = Async.spawn(function() for i = 1, 3 do steps[i] = i Async.sleep(0) end Event.publish("late", "here") end)
print(waiting:await(), #steps)

-- Several wait for one subscription: each event goes to one of them.
local results = Async.all{
  function() return Event.receive(id, 20000).data end,
  function() return Event.receive(id, 20000).data end,
  function() Async.sleep(0) Event.publish("late", 1) Event.publish("late", 2) end,
}
print(results[1] + results[2])

-- Not for ever, and not for what has ended.
print(Event.receive(id, 1))
results = Async.all{
  function() return Event.receive(id, 20000) == nil end,
  function() Async.sleep(0.01) return Event.unsubscribe(id) end,
}
print(results[1], results[2])

-- A task that waits can be cancelled, and the next one gets the event.
id = Event.subscribe("late")
local gone = Async.spawn(function() return Event.receive(id, 20000) end)
local stays = Async.spawn(function() return Event.receive(id, 20000).data end)
Async.sleep(0.01)
gone:cancel()
Event.publish("late", "mine")
print(stays:await(), gone:status())

-- The run does not wait for who waits.
Async.spawn(function() Event.receive(id, 3600000) end)
Async.sleep(0)
print("end")
