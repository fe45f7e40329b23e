-- A whole piece of work from a template, its cost first: `llmspell run templates.lua 'What do people like?' --model fast`
local question, path = ARGS[1] or "What do people like?", ARGS[2] or "data/reviews.txt"
local params = { instruction = question, paths = { path, "data/requests.txt" } }
params.model = ARGS.model

local cost = Template.estimate_cost("map-reduce", params)
print(("about %d calls of %s"):format(cost.calls, cost.model))

local done = Template.execute("map-reduce", params)
print(done.text)
print(("%d parts, %d calls"):format(#done.result.parts, done.metrics.calls))

-- Figures are computed by the host, no model is asked.
local sales = Template.execute("data-analysis", { path = "data/sales.csv", group_by = "region", explain = false })
for _, group in ipairs(sales.result.groups) do print(group.value, group.rows) end
