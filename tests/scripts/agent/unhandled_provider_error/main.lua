print("before")
for event in Agent.create{ model = { scripted = { { text = "But", error = { status = 401, message = "no such key" } } } } }:stream("x") do
  print(event.type, event.text)
end
