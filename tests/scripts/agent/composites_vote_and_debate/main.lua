local n = 0
local function saying(...)
  n = n + 1
  return Agent.create{ name = "m" .. n, model = { scripted = { turns = { ... }, ["repeat"] = "last" } } }
end
local function votes(r)
  local m = r.metadata
  print(r.text, m.pattern, m.winner, m.decided_by, m.tie, JSON.stringify(m.votes), JSON.stringify(m.abstained))
end
-- The answer that most give; how it is written does not matter.
votes(Agent.create_composite("v", { saying("yes"), saying("no"), saying(" Yes. ") }, "vote"):execute("Is it?"))
-- A tie: by order, or by a judge, who is an agent, the name of one, or a model.
votes(Agent.create_composite("v", { saying("a"), saying("b") }, "vote"):execute("Is it?"))
local judge = Agent.create{ name = "judge", model = { scripted = { turns = { { data = { number = 2, reason = "better" } } }, ["repeat"] = "last" } } }
for _, it in ipairs{ judge, "judge", { scripted = { { data = { number = 2 } } } } } do
  votes(Agent.create_composite("v", { saying("a"), saying("b") }, "vote", { judge = it }):execute("Is it?"))
end
-- What may be voted for, and which field counts.
votes(Agent.create_composite("v", { saying({ data = { choice = "left" } }), saying({ data = { choice = "right" } }), saying({ data = { choice = "left", reason = "r" } }) }, "vote", { choices = { "left", "right" } }):execute("Where?"))
local function grading(n) return Agent.create{ model = { scripted = { { data = { grade = n, why = "w" .. n } } } }, schema = { grade = "integer", why = "string" } } end
votes(Agent.create_composite("v", { grading(1), grading(2), grading(2) }, "vote", { field = "grade" }):execute("Grade"))
-- One that fails does not vote, where errors do not end it.
votes(Agent.create_composite("v", { saying({ text = "", error = "bad_request" }), saying("x"), saying("x") }, "vote", { on_error = "continue", max_concurrency = 1 }):execute("Is it?"))
-- A debate: they see each other's answers, until they agree or the rounds are over.
local stubborn, open = saying("no"), saying("yes", "no")
local r = Agent.create_composite("d", { stubborn, open, saying("no") }, "debate"):execute("Is it?")
votes(r)
for i, round in ipairs(r.metadata.rounds) do print(i, JSON.stringify(round)) end
r = Agent.create_composite("d", { saying("a"), saying("b") }, "debate", { rounds = 3, judge = { scripted = { { text = "Both are wrong." } } } }):execute("Is it?")
print(r.text, #r.metadata.rounds, r.metadata.pattern)
r = Agent.create_composite("d", { saying("same"), saying("same") }, "debate", { rounds = 5 }):execute("Is it?")
print(r.text, #r.metadata.rounds)
for _, it in ipairs{ { "vote", { rounds = 3 } }, { "vote", { choices = { "one" } } }, { "debate", { rounds = 0 } }, { "vote", { jugde = judge } }, { "vote", { judge = 5 } }, { "votes", {} } } do
  local ok, e = pcall(Agent.create_composite, "x", { stubborn }, it[1], it[2])
  print(ok, e.message, e.hint)
end
