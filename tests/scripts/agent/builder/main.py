def shown(*values):
    print(*(str(it).lower() if isinstance(it, bool) else it for it in values), sep="\t")


greet = Tool.create(
    name="greet", description="Greets", parameters={"who": "string"}, execute=lambda p: "hello " + p["who"]
)
helper = Agent.create(name="helper", model="echo")
builder = (
    Agent.builder()
    .name("built")
    .description("Made step by step")
    .type("llm")
    .model("echo")
    .provider("echo")
    .system_prompt("Be brief.")
    .temperature(0.25)
    .max_tokens(50)
    .tools(["calculator"])
    .tool(greet)
    .add_tool(helper)
    .schema({"answer": "string"})
    .memory("buffer")
    .budget({"usd": 0.5})
    .max_steps(7)
    .timeout_ms(1500)
    .max_tool_calls(8)
    .fallback(["echo"])
    .custom({"team": "red"})
    .resource_limits({"max_identical_calls": 1})
    .custom_config({"repairs": 0, "mood": "calm"})
    .set("seed", 4)
    .with_field("top_p", 0.5)
    .set("stop", "x")
    .set("stop", None)
)
agent = builder.build()
c = agent.get_config()
shown(agent.name, agent.description, agent.model, c.system_prompt, c.mode)
shown(JSON.stringify(c.settings), JSON.stringify(c.tools), JSON.stringify(c.schema["required"]), c.memory["type"], c.budget["usd"])
shown(c.max_steps, c.timeout_s == 1.5, c.max_tool_calls, c.max_identical_calls, c.repairs, JSON.stringify(c.fallback), JSON.stringify(c.custom))
# The same builder can go on.
other = builder.name("other").timeout_s(2.5).tools("calculator").tool("hash_calculator").build()
shown(other.name, JSON.stringify(other.get_config()["tools"]), Agent.get("built").name)
for spelling in ("system", "instructions", "prompt"):
    b = Agent.builder()
    getattr(b, spelling)("Said by " + spelling)
    print(b.model("echo").build().get_config().system_prompt)
print(Agent.builder().type("react").model("echo").build().get_config().mode)
try:
    Agent.builder().model("echo").set("modle", "x").build()
except BadArgument as e:
    shown(False, e.code, e.message, e.hint)
try:
    Agent.builder().model("echo").temperature("hot").build()
except BadArgument as e:
    shown(False, e.message)
