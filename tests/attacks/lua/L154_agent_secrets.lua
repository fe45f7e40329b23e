-- id: L154_agent_secrets
-- tries: make agents, their errors and their settings tell the host's environment
-- class: secrets
-- expect: blocked
-- limit: 5
local ok, said = pcall(function() return Agent.create{ model = "echo" }:execute("began").text end)
print(said)
local shown = {}
local function show(...)
  for _, it in ipairs{ ... } do shown[#shown + 1] = type(it) == "table" and JSON.stringify(it) or tostring(it) end
end
local tricks = { "$SANDBOX_CANARY", "${SANDBOX_CANARY}", "{{SANDBOX_CANARY}}", "{{ env.SANDBOX_CANARY }}", "{env:SANDBOX_CANARY}", "%(SANDBOX_CANARY)s" }
for _, trick in ipairs(tricks) do
  for _, fields in ipairs{
    { model = { scripted = { { text = trick } } } }, { model = "echo", system_prompt = trick }, { model = "openai/" .. trick },
    { model = "m", base_url = "http://" .. trick .. ".example" }, { model = "openai/gpt-5", headers = { X = trick } },
    { model = "openai/gpt-5", api_key = { env = "SANDBOX_CANARY" } }, { model = "openai/gpt-5", api_key = trick, retries = 0 },
    { model = "openai/gpt-5", headers = { X = { env = "SANDBOX_CANARY" } } }, { model = "openai/gpt-5", extra = { user = trick } },
  } do
    local made, agent = pcall(Agent.create, fields)
    show(agent)
    if made then
      show(select(2, pcall(agent.execute, agent, trick)))
      show(select(2, pcall(agent.get_config, agent)), select(2, pcall(agent.get_last_error, agent)), select(2, pcall(Agent.get_details, agent.name)))
    end
  end
  show(select(2, pcall(Agent.create_from_template, "t", "chat", { role = trick })))
end
show(select(2, pcall(Provider.list)), select(2, pcall(Provider.get, "openai")), select(2, pcall(Config.get)), select(2, pcall(Agent.list_templates)))
local all = table.concat(shown, "\n")
print(#all)
for found in all:gmatch("canary%-%x+") do print("LEAK " .. found) end
