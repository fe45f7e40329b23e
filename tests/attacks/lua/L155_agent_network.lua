-- id: L155_agent_network
-- tries: have an agent's server, its pictures or its model's name lead to this machine
-- class: network
-- expect: blocked
-- limit: 5
local ok, said = pcall(function() return Agent.create{ model = "echo" }:execute("began").text end)
print(said)
for _, host in ipairs{ "127.0.0.1:47811", "localhost:47811", "0x7f000001:47811", "2130706433:47811", "[::1]:47811", "[::ffff:127.0.0.1]:47811", "127.1:47811", "0.0.0.0:47811", "169.254.169.254" } do
  for _, fields in ipairs{
    { model = "m", base_url = "http://" .. host }, { model = "ollama/m", base_url = "http://" .. host .. "/v1" }, { model = "m", provider = "vllm", base_url = "http://" .. host },
    { model = "m", base_url = "http://example.com@" .. host }, { model = "m", base_url = "http://" .. host .. "#@example.com" },
  } do
    fields.retries = 0
    local made, agent = pcall(Agent.create, fields)
    if made then
      local done, answer = pcall(agent.execute, agent, "go")
      local text = done and "answered" or tostring(answer)
      if done or text:find("malformed") or text:find("cannot reach") or text:find("refused") then print("ESCAPED") end
    end
  end
end
print("done")
