def shown(*values):
    print(*(str(it).lower() if isinstance(it, bool) else it for it in values), sep="\t")


# Every name under which something was published is the thing itself.
def all_of(of, names):
    missing = [name for name in names.split() if not hasattr(of, name)]
    shown(len(missing), " ".join(missing))


all_of(Agent, """create createAsync create_async register new builder react reflect create_composite createComposite composite
  wrap_as_tool wrapAsTool list list_agents list_instances listInstances get exists remove discover discover_by_capability
  discoverByCapability list_capabilities listCapabilities get_info getInfo info get_details getDetails get_hierarchy getHierarchy
  list_templates listTemplates create_from_template createFromTemplate create_context createContext create_child_context
  createChildContext update_context updateContext get_context_data getContextData remove_context removeContext
  set_shared_memory setSharedMemory get_shared_memory getSharedMemory""")
agent = Agent.create(name="a", model="echo", memory="buffer", tools=["calculator"])
all_of(agent, """execute invoke run complete executeAsync execute_async ask stream invokeStream invoke_stream executeStream
  execute_stream chat execute_with_context executeWithContext conversation handoff get_config getConfig get_metrics getMetrics
  get_health getHealth is_healthy isHealthy get_last_error getLastError pause resume stop destroy forget clear_memory has_tool
  hasTool discover_tools discoverTools list_tools invoke_tool invokeTool as_tool asTool get_state getState set_state setState
  save_state saveState load_state loadState delete_state deleteState name id description model""")
all_of(Agent.builder(), """name description type model provider system_prompt system instructions prompt temperature max_tokens tools
  tool add_tool schema memory budget set with_field max_steps timeout_s timeout_ms max_tool_calls fallback custom custom_config
  resource_limits build""")
all_of(agent.conversation(), "send execute chat ask stream history clear fork save")
all_of(agent.stream("x"), "next result stop cancel close")
# Methods are functions: called, kept for later, handed on.
execute = agent.execute
shown(agent.execute("colon").text, agent.execute(input="dot").text, agent.execute(text="self").text, execute("kept").text)
shown((lambda fn: fn("protected"))(agent.execute).text, Agent.get("a").execute("by name").text)
# Their tools.
shown(agent.has_tool("calculator"), agent.hasTool("url-analyzer"), JSON.stringify(agent.discover_tools()), JSON.stringify(agent.list_tools()))
shown(agent.invoke_tool("calculator", {"input": "6*7"}).result, agent.invokeTool("Calculator", input="2").text)
try:
    agent.invoke_tool("url-analyzer", {})
except ToolNotFound as e:
    shown(False, e.code, e.message, e.hint)
try:
    agent.invoke_tool("calculator", {})
except LLMSpellError as e:
    shown(False, e.code, e.message)
try:
    agent.exeucte("x")
except AttributeError as e:
    shown(False)
