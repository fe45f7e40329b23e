-- Every name under which something was published is the thing itself.
local function all(of, names)
  local missing = {}
  for name in names:gmatch("%S+") do
    if of[name] == nil then missing[#missing + 1] = name end
  end
  print(#missing, table.concat(missing, " "))
end
all(Agent, [[create createAsync create_async register new builder react reflect create_composite createComposite composite
  wrap_as_tool wrapAsTool list list_agents list_instances listInstances get exists remove discover discover_by_capability
  discoverByCapability list_capabilities listCapabilities get_info getInfo info get_details getDetails get_hierarchy getHierarchy
  list_templates listTemplates create_from_template createFromTemplate create_context createContext create_child_context
  createChildContext update_context updateContext get_context_data getContextData remove_context removeContext
  set_shared_memory setSharedMemory get_shared_memory getSharedMemory]])
local agent = Agent.create{ name = "a", model = "echo", memory = "buffer", tools = { "calculator" } }
all(agent, [[execute invoke run complete executeAsync execute_async ask stream invokeStream invoke_stream executeStream
  execute_stream chat execute_with_context executeWithContext conversation handoff get_config getConfig get_metrics getMetrics
  get_health getHealth is_healthy isHealthy get_last_error getLastError pause resume stop destroy forget clear_memory has_tool
  hasTool discover_tools discoverTools list_tools invoke_tool invokeTool as_tool asTool get_state getState set_state setState
  save_state saveState load_state loadState delete_state deleteState name id description model]])
all(Agent.builder(), [[name description type model provider system_prompt system instructions prompt temperature max_tokens tools
  tool add_tool schema memory budget set with_field max_steps timeout_s timeout_ms max_tool_calls fallback custom custom_config
  resource_limits build]])
all(agent:conversation(), "send execute chat ask stream history clear fork save")
all(agent:stream("x"), "next result stop cancel close")
-- Methods are functions: with the agent before their arguments, without it, in pcall, kept for later.
local execute = agent.execute
print(agent:execute("colon").text, agent.execute("dot").text, agent.execute(agent, "self").text, execute("kept").text)
print(select(2, pcall(agent.execute, agent, "protected")).text, select(2, pcall(Agent.get("a").execute, "by name")).text)
-- Their tools.
print(agent:has_tool("calculator"), agent:hasTool("url-analyzer"), JSON.stringify(agent:discover_tools()), JSON.stringify(agent:list_tools()))
print(agent:invoke_tool("calculator", { input = "6*7" }).result, agent:invokeTool("Calculator", { input = "2" }).text)
local ok, e = pcall(agent.invoke_tool, agent, "url-analyzer", {})
print(ok, e.code, e.message, e.hint)
ok, e = pcall(agent.invoke_tool, agent, "calculator", {})
print(ok, e.code, e.message)
ok, e = pcall(function() return agent.exeucte("x") end)
print(ok)
