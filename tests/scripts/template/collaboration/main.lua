local model = "scripted/cast"
local function done(name, params)
  params.model = model
  local r = Template.execute(name, params)
  print(name, r.success, (r.text:gsub("\n+", " | ")), r.metrics.calls, #r.metrics.steps)
  return r.result, r
end

local r = done("debate", { question = "A monorepo?" })
print(r.verdict, r.reasons[1], r.confidence, r.rounds[2]["debater-2"])
r = done("consensus-vote", { question = "Which?", choices = { "go", "rust" }, perspectives = { "cost", "speed", "safety" } })
print(r.winner, r.share, r.consensus, r.votes[2].agents[1])
r = done("competitive-evaluation", { task = "Explain.", approaches = { "short", "long" }, criteria = { "good" }, judges = 2 })
print(r.winner.name, r.winner.score, r.ranking[2].score, r.judges[2].answers[1].scores.good)
r = done("ensemble", { task = "A plan?", perspectives = { "cost", "risk" } })
print(r.members[1].text, r.members[2].text)
r = done("plan-execute-validate", { goal = "A list" })
for _, it in ipairs(r.steps) do print(it.id, it.status, it.attempts, it.output, it.feedback[1]) end
r = done("map-reduce", { instruction = "Who?", documents = { "Ada does.", "nobody", { name = "June", text = "Ada again." } } })
print(#r.parts, r.levels, r.found, r.parts[3].document)
