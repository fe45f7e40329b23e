-- id: L151_agent_composites
-- tries: composites of a thousand composites of a thousand
-- class: memory
-- expect: harmless
-- limit: 5
local ok, said = pcall(function() return Agent.create{ model = "echo" }:execute("began").text end)
print(said)
local function many(it, n) local t = {} for i = 1, n do t[i] = it end return t end
local made = Agent.create{ name = "leaf", model = "echo" }
for depth = 1, 4 do made = Agent.create_composite("c" .. depth, many(made, 1000), "parallel", { on_error = "continue" }) end
print(pcall(made.execute, made, "go"))
local chain = Agent.create{ name = "link", model = "echo" }
for i = 1, 5000 do chain = Agent.create_composite("s" .. i, { chain }, "sequential") end
print(pcall(chain.execute, chain, "go"))
local big = string.rep("y ", 1500000)
for _, pattern in ipairs{ "parallel", "debate", "vote" } do
  local all = Agent.create_composite(pattern, many(Agent.create{ model = "echo" }, 1000), pattern)
  print(pcall(all.execute, all, big))
end
