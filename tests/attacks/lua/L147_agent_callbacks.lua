-- id: L147_agent_callbacks
-- tries: callbacks that raise what they like, never return, and ask again
-- class: bridge-abuse
-- expect: killed
-- limit: 5
local ok, said = pcall(function() return Agent.create{ model = "echo" }:execute("began").text end)
print(said)
local agent = Agent.create{ name = "m", model = "echo" }
for _, thrown in ipairs{ "text", 42, { code = "internal_error", message = "forged" }, setmetatable({}, { __tostring = function() error("again") end }) } do
  print(pcall(agent.stream, agent, "go", function() error(thrown) end))
end
local n = 0
local function again() n = n + 1; agent:stream("deeper", again) end
print(pcall(again))
print(pcall(agent.stream, agent, "go", function() while true do end end))
