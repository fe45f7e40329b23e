local function saying(...) return { scripted = { turns = { ... }, ["repeat"] = "last" } } end
local turn = { text = "once upon a time", usage = { input_tokens = 100, output_tokens = 190 } } -- 0.02 USD
local function spend(agent)
  local n = 0
  local ok, e = pcall(function() while true do agent:execute("Go on.") n = n + 1 end end)
  print(n, e.code, (e.message:gsub("%d[%d.]*", "N")))
  print("", e.hint, e.details.scope, e.details.unit, ("%.2f"):format(e.details.limit), e.details.spent >= e.details.limit)
end
spend(Agent.create{ name = "teller", model = saying(turn), max_tokens = 190, budget = { usd = 0.05 } })
spend(Agent.create{ name = "counter", model = saying(turn), max_tokens = 190, budget = { tokens = 700 } })
spend(Agent.create{ name = "none", model = saying(turn), max_tokens = 190, budget = 0 })
-- What an agent uses counts for it; what that has of its own counts, too.
local inner = Agent.create{ name = "inner", model = saying(turn), max_tokens = 190, budget = { usd = 0.09 } }
local outer = Agent.create{ name = "outer", model = saying({ tool = "inner", arguments = { input = "x" }, usage = { input_tokens = 100, output_tokens = 90 } }, { text = "done", usage = { input_tokens = 100, output_tokens = 90 } }), max_tokens = 90, tools = { inner }, budget = { usd = 0.05 } }
local r = outer:execute("Go")
print(("%.3f %.3f"):format(r.cost_usd, inner:get_metrics().cost_usd))
local ok, e = pcall(outer.execute, outer, "Go")
print(ok, e.details.scope, e.details.limit == 0.05)
-- Whoever is left alone goes on, and the run knows what was spent.
print(inner:execute("x").text, ("%.3f"):format(Run.cost()))
-- An answer that the budget cuts short says how far it came.
local short = Agent.create{ name = "short", model = saying({ text = "half of", usage = { input_tokens = 100, output_tokens = 40 }, finish_reason = "length" }), max_tokens = 190, budget = { usd = 0.006 } }
ok, e = pcall(short.execute, short, "Go")
print(ok, e.code, (e.message:gsub("%d+", "N")), e.details.text)
