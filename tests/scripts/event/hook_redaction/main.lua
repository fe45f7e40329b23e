print(Agent.create{ model = "echo" }:execute("write to ann.lee@example.com").text)
Tool.create{ name = "who", description = "d", parameters = { to = "string" },
  execute = function(params) return { got = params.to, from = "bob@example.com" } end }
local result = Tool.execute("who", { to = "ann@example.com" }).result
print(result.got, result.from)
local id = Event.subscribe("*")
Event.publish("sent", { to = { "ann@example.com", "ann@example.org" } })
print(table.concat(Event.receive(id).data.to, " "))
