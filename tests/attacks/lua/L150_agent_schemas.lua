-- id: L150_agent_schemas
-- tries: schemas that are deep, wide, cyclic or slow to match, and answers to try them on
-- class: cpu
-- expect: harmless
-- limit: 5
local ok, said = pcall(function() return Agent.create{ model = "echo" }:execute("began").text end)
print(said)
local function wide(n) local t = {} for i = 1, n do t["p" .. i] = { type = "string", enum = { "a", "b" } } end return t end
local function deep(n) local t = { type = "string" } for _ = 1, n do t = { type = "object", properties = { x = t } } end return t end
local function many(n, it) local t = {} for i = 1, n do t[i] = it end return t end
local word = { type = "string" }
for _, schema in ipairs{
  deep(30), deep(5000), { type = "object", properties = wide(4000) }, { type = "object", properties = wide(200000) }, { ["$ref"] = "#" },
  { type = "object", properties = { x = { type = "string", pattern = "(a+)+$" } } }, { type = "object", patternProperties = { ["(a+)+$"] = word } },
  { anyOf = many(20000, { type = "object", properties = { x = word } }) }, { type = "object", properties = { x = { type = "array", uniqueItems = true } } },
} do
  for _, answer in ipairs{ { x = string.rep("a", 40) .. "!" }, { x = many(5000, "y") }, { [string.rep("a", 40) .. "!"] = 1 } } do
    local made, agent = pcall(Agent.create, { schema = schema, repairs = 0, model = { scripted = { { json = answer, times = 5 } } } })
    if made then pcall(agent.execute, agent, "go") end
  end
end
for _, text in ipairs{ string.rep("{", 2000000), string.rep('{"a":', 400000), string.rep("```\n{", 300000), string.rep("[", 2000000), "{" .. string.rep(" ", 2000000) } do
  local made, agent = pcall(Agent.create, { schema = { x = "string" }, repairs = 3, model = { scripted = { { text = text, times = 5 } } } })
  if made then pcall(agent.execute, agent, "go") end
end
print("done")
