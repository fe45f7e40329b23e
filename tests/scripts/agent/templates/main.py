import re


def shown(*values):
    print(*("nil" if it is None else str(it).lower() if isinstance(it, bool) else it for it in values), sep="\t")


names = []
for it in Agent.list_templates():
    names.append(it["name"] + ("" if it.get("built_in") else "*"))
    if it["name"] == "haiku":
        for p in it["parameters"]:
            shown(p["name"], p["required"], p["description"])
shown(" ".join(names), len(Agent.listTemplates()) == len(names))
for name in ("chat", "research", "code", "data", "planner", "orchestrator", "critic"):
    agent = Agent.create_from_template(name + "-one", name, model="echo", schema=False)
    shown(agent.name, agent.execute(name).text != "", len(agent.get_config()["system_prompt"]) > 100, Agent.get_info(agent.name)["template"])
haiku = Agent.createFromTemplate("h", "haiku", {"subject": "rain", "season": "autumn", "temperature": 0.5})
config = haiku.get_config()
shown(haiku.name, haiku.description, haiku.model, config.system_prompt, config.settings["temperature"], JSON.stringify(config.tools))
# Any field of an agent replaces the template's; agents and tools of the script's among them.
own = Tool.create(name="own", description="o", parameters={}, execute=lambda p: "mine")
agent = Agent.create_from_template("h2", "haiku", subject="sun", model={"scripted": [{"tool": "own", "arguments": {}}, "{{last_tool_result}}"]}, tools=[own, "h"])
shown(JSON.stringify(agent.get_config()["tools"]), agent.execute("x").text, Agent.get("h2").description)
shown(Agent.create_from_template("haiku", "haiku", subject="{{ 7 * 6 }}").get_config()["system_prompt"])


def wrong(*args, **params):
    try:
        Agent.create_from_template(*args, **params)
    except LLMSpellError as e:
        shown(False, e.code, e.message, e.hint)


wrong("x", "hiku")
wrong("x", "haiku")
wrong("x", "haiku", {"subject": "a", "season": "winter"})
wrong("x", "haiku", subjct="a")
wrong("x", "chat", persona=print)
wrong("x", "research", tools=["nothing"], model="echo")
try:
    Agent.create_from_template("x", "broken")
except ConfigError as e:
    shown(False, e.code, re.search("broken.*", e.message)[0], e.hint)
