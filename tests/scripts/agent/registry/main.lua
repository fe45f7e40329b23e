local function names(rows)
  local found = {}
  for i, row in ipairs(rows) do found[i] = row.name end
  return table.concat(found, " ")
end
local clerk = Agent.register{ name = "clerk", description = "Copies texts", model = "echo", tools = { "calculator" }, capabilities = { "copying" }, memory = "buffer" }
local poet = Agent.createAsync{ name = "Poet", description = "Writes verse", model = { scripted = { turns = { "rhyme" }, ["repeat"] = "last" } }, capabilities = { "writing", "copying" } }
local lead = Agent.create{ name = "lead", description = "Leads", model = "echo", tools = { clerk }, handoffs = { poet }, schema = { a = "string?" } }
Agent.create_composite("team", { clerk, poet }, "vote", { judge = lead })
print(names(Agent.list()), names(Agent.list_agents()))
for _, row in ipairs(Agent.list()) do print(JSON.stringify{ row.name, row.description, row.kind, row.model, row.tools, row.capabilities, row.template, row.status }, row.id ~= nil) end
print(Agent.get("clerk").name, Agent.get("CLERK").name, Agent.get("nobody"), Agent["poet"].name, Agent.lead.description, Agent["nobody"])
print(Agent.exists("Poet"), Agent.exists("nobody"), Agent.get("clerk").id == clerk.id, clerk.id ~= poet.id)
-- Found by what they can do.
print(names(Agent.discover()), names(Agent.discover{ capability = "copying" }), names(Agent.discover{ text = "verse" }), names(Agent.discover("copying", "texts")))
print(names(Agent.discover{ model = "scripted" }), names(Agent.discover{ capability = "flying" }))
print(names(Agent.discover_by_capability("writing")), names(Agent.discoverByCapability("memory")), JSON.stringify(Agent.list_capabilities()))
print(JSON.stringify(Agent.listCapabilities()) == JSON.stringify(Agent.list_capabilities()))
-- What is known of one.
clerk:execute("x")
local info = Agent.get_info("clerk")
print(info.name, info.model, info.status, JSON.stringify(info.tools), Agent.getInfo("poet").name, Agent.info("lead").kind, info.metrics.executions)
local details = Agent.get_details("clerk")
print(details.max_steps, details.memory.type, details.mode, Agent.getDetails("team").kind, #Agent.getDetails("team").parts)
print(JSON.stringify(Agent.get_hierarchy("team")))
print(JSON.stringify(Agent.getHierarchy()))
for _, row in ipairs(Agent.list_instances()) do print(row.name, row.kind, row.status, row.metrics.executions) end
print(#Agent.listInstances())
-- A newer one takes the name; removed ones go on for those who hold them.
local newer = Agent.create{ name = "Clerk", model = "echo", description = "Newer" }
print(Agent.get("clerk").description, clerk.description, clerk:execute("still").text, clerk:get_config().description)
print(Agent.remove("clerk"), Agent.remove("clerk"), Agent.exists("clerk"), newer:execute("here").text)
poet:destroy()
print(Agent.exists("poet"), names(Agent.list()))
for _, fn in ipairs{ Agent.get_info, Agent.get_details, Agent.get_hierarchy, Agent.wrap_as_tool } do
  local ok, e = pcall(fn, "leed")
  print(ok, e.code, e.message, e.hint)
end
