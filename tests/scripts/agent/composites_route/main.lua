local function saying(name, description) return Agent.create{ name = name, description = description, model = { scripted = { turns = { name .. ": {{input}}" }, ["repeat"] = "last" } } } end
local sums, words = saying("sums", "Calculates"), saying("words", "Writes")
local function routed(router, more)
  local options = { router = router }
  for key, value in pairs(more or {}) do options[key] = value end
  local r = Agent.create_composite("r", { sums, words }, "route", options):execute("one and one")
  print(r.text, r.agent, r.metadata.chosen, r.metadata.said, r.metadata.reason, r.metadata.is_fallback)
end
-- A function, which may call the host.
routed(function(text, names)
  print(text, table.concat(names, ","))
  return Tool.execute("text-manipulator", { operation = "lowercase", input = "SUMS" }).text
end)
-- An agent, its name, a model.
local router = Agent.create{ name = "router", model = { scripted = { turns = { { data = { agent = "words", reason = "no number in it" } } }, ["repeat"] = "last" } } }
routed(router)
routed("router")
routed({ scripted = { { data = { agent = "sums" } } } })
-- Without one the members' own model chooses.
local choosing = Agent.create{ name = "a", description = "A", model = { scripted = { turns = { { when = { schema = true }, data = { agent = "b" } }, { when = { input = "*" }, text = "a" } } } } }
print(Agent.create_composite("own", { choosing, saying("b", "B") }, "route"):execute("x").text)
-- Names that are written a little differently are understood; others are an error, or lead to the fallback.
routed(function() return "Sums." end)
routed(function() return { name = "words" } end)
routed(function() return "the words agent, I think" end)
routed(function() return "nobody" end, { fallback = "words" })
local ok, e = pcall(routed, function() return "word" end)
ok, e = pcall(routed, function() return "nobody" end)
print(ok, e.code, e.message, e.hint)
ok, e = pcall(routed, function() error({ code = "lost", message = "no idea" }) end)
print(ok, e.code, e.message)
ok, e = pcall(routed, sums, { fallback = "wrods" })
print(ok, e.code, e.message, e.hint)
ok, e = pcall(routed, 5)
print(ok, e.code, e.message)
