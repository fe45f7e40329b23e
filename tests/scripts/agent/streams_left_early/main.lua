-- The model would go on for a minute: leaving the loop, or stopping the stream, ends it.
local slow = Agent.create{ name = "slow", model = { scripted = { turns = { { chunks = { "a", "b", "c" }, chunk_delay_ms = 20000 } }, ["repeat"] = "last" } } }
for e in slow:stream("x") do
  print(e.type, e.text)
  break
end
local s = slow:stream("x")
print(s:next().text)
s:stop()
print(s:next())
local ok, e
for _, name in ipairs{ "cancel", "close" } do
  local it = slow:stream("x")
  it[name](it)
  ok, e = pcall(it.result, it)
  print(ok, e.code)
end
-- A limit of time for reading, and for the whole.
s = slow:stream("x")
s:next()
ok, e = pcall(Async.timeout, 0.05, function() return s:next() end)
print(ok, e.code)
ok, e = pcall(Async.timeout, 0.05, function() return slow:stream("x", function() end) end)
print(ok, e.code)
-- One whom nobody reads does not keep the run from ending.
local unread = slow:stream("x")
print(slow:execute("still there", { model = "echo" }).text)
