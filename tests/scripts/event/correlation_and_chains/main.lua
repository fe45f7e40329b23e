local all = Event.subscribe("*")
-- What handlers publish has the correlation id of what they handle, however they come to publish it.
Event.on("order", function(e) Event.publish("stock", e.data) end)
Event.on("stock", function(e) Async.all{ Async.spawn(function() Event.publish("sent", e.data) end) } end)
local tool = Tool.create{ name = "announce", description = "d", parameters = {}, execute = function() Event.publish("told") end }
Event.on("sent", function(e) Tool.execute("announce", {}) end)
Event.publish("order", 1, { correlation_id = "order-1" })
local function line()
  local e = Event.receive(all)
  return e.event_type .. "=" .. e.correlation_id
end
print(line(), line(), line(), line())
local own = Event.publish("alone")
print(Event.receive(all).correlation_id:match("%-(%d+)$") == tostring(own))
-- One that is given wins.
Event.on("asked", function(e) Event.publish("answered", nil, { correlation_id = "mine" }) end)
Event.publish("asked", nil, { correlation_id = "theirs" })
print(line(), line())
Event.unsubscribe(all)
-- A handler that publishes what it is called for comes to an end.
local n, ended = 0, nil
Event.on("ping", function() Event.publish("pong") end)
Event.on("pong", function()
  n = n + 1
  pcall(Event.publish, "ping")
end)
Event.on("self", function(e)
  local ok, err = pcall(Event.publish, "self", e.data + 1)
  if not ok then
    local names_it = err.message:find("self → self", 1, true) ~= nil
    ended = table.concat({ e.data, err.code, #err.details.chain, tostring(names_it), err.hint }, "\t")
  end
end)
Event.publish("ping")
Event.publish("self", 1)
while n < 16 or not ended do Async.sleep(0.001) end
print(n, ended)
