twin = Agent.create(name="twin", model="echo")
agent = Agent.create(
    name="clerk",
    description="Copies what it reads",
    model="scripted/clerk",
    system_prompt="You copy.",
    tools=["calculator"],
    schema={"city": "string"},
    memory={"kind": "window", "max_messages": 6, "max_tokens": 900},
    budget={"usd": 0.5, "tokens": 5000},
    temperature=0.5,
    max_tokens=300,
    top_p=0.75,
    stop=["END", "\n\n"],
    seed=7,
    reasoning="low",
    tool_choice="auto",
    max_steps=4,
    max_tool_calls=5,
    max_identical_calls=2,
    timeout_s=12.5,
    retries=1,
    repairs=3,
    fallback=["echo"],
    handoffs=[twin],
    mode="native",
    capabilities=["copying"],
    custom={"team": "blue", "n": [1, 2]},
)
print(agent.name, agent.description, agent.model, "AgentObject " + agent, sep="\t")
config = agent.get_config()
for key in (
    "name", "description", "kind", "model", "system_prompt", "tools", "schema", "memory", "budget", "settings",
    "tool_choice", "max_steps", "max_tool_calls", "max_identical_calls", "retries", "repairs", "fallback", "handoffs", "mode",
    "base_url", "headers", "capabilities", "custom", "parts", "status", "template",
):
    print(key, JSON.stringify(config[key]), sep="\t")
print("true" if config.timeout_s == 12.5 else config.timeout_s, "true" if "api_key" not in config else "false", sep="\t")
print(Agent.create(model="echo").name, Agent.create(model="echo").name, Agent.new("third", "Third", "echo").name, sep="\t")
