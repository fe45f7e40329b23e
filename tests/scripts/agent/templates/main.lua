local names = {}
for _, it in ipairs(Agent.list_templates()) do
  names[#names + 1] = it.name .. (it.built_in and "" or "*")
  if it.name == "haiku" then
    for _, p in ipairs(it.parameters) do print(p.name, p.required, p.description) end
  end
end
print(table.concat(names, " "), #Agent.listTemplates() == #names)
for _, name in ipairs{ "chat", "research", "code", "data", "planner", "orchestrator", "critic" } do
  local agent = Agent.create_from_template(name .. "-one", name, { model = "echo", schema = false })
  print(agent.name, agent:execute(name).text ~= "", #agent:get_config().system_prompt > 100, Agent.get_info(agent.name).template)
end
local haiku = Agent.createFromTemplate("h", "haiku", { subject = "rain", season = "autumn", temperature = 0.5 })
local config = haiku:get_config()
print(haiku.name, haiku.description, haiku.model, config.system_prompt, config.settings.temperature, JSON.stringify(config.tools))
-- Any field of an agent replaces the template's; agents and tools of the script's among them.
local own = Tool.create{ name = "own", description = "o", parameters = {}, execute = function() return "mine" end }
local agent = Agent.create_from_template("h2", "haiku", { subject = "sun", model = { scripted = { { tool = "own", arguments = {} }, "{{last_tool_result}}" } }, tools = { own, "h" } })
print(JSON.stringify(agent:get_config().tools), agent:execute("x").text, Agent.get("h2").description)
print(Agent.create_from_template("haiku", "haiku", { subject = "{{ 7 * 6 }}" }):get_config().system_prompt)
local function wrong(...)
  local ok, e = pcall(Agent.create_from_template, ...)
  print(ok, e.code, e.message, e.hint)
end
wrong("x", "hiku")
wrong("x", "haiku")
wrong("x", "haiku", { subject = "a", season = "winter" })
wrong("x", "haiku", { subjct = "a" })
wrong("x", "chat", { persona = print })
wrong("x", "research", { tools = { "nothing" }, model = "echo" })
local ok, e = pcall(Agent.create_from_template, "x", "broken")
print(ok, e.code, e.message:match("broken.*"), e.hint)
