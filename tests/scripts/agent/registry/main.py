def shown(*values):
    print(*("nil" if it is None else str(it).lower() if isinstance(it, bool) else it for it in values), sep="\t")


def names(rows):
    return " ".join(row.name for row in rows)


clerk = Agent.register(name="clerk", description="Copies texts", model="echo", tools=["calculator"], capabilities=["copying"], memory="buffer")
poet = Agent.createAsync({"name": "Poet", "description": "Writes verse", "model": {"scripted": {"turns": ["rhyme"], "repeat": "last"}}, "capabilities": ["writing", "copying"]})
lead = Agent.create(name="lead", description="Leads", model="echo", tools=[clerk], handoffs=[poet], schema={"a": "string?"})
Agent.create_composite("team", [clerk, poet], "vote", judge=lead)
shown(names(Agent.list()), names(Agent.list_agents()))
for row in Agent.list():
    shown(JSON.stringify([row.name, row.description, row.kind, row.model, row.tools, row.capabilities, row.template, row.status]), row.id is not None)
shown(Agent.get("clerk").name, Agent.get("CLERK").name, Agent.get("nobody"), Agent["poet"].name, Agent.lead.description, Agent.get("nobody"))
shown(Agent.exists("Poet"), Agent.exists("nobody"), Agent.get("clerk").id == clerk.id, clerk.id != poet.id)
# Found by what they can do.
shown(names(Agent.discover()), names(Agent.discover(capability="copying")), names(Agent.discover(text="verse")), names(Agent.discover("copying", "texts")))
shown(names(Agent.discover(model="scripted")), names(Agent.discover(capability="flying")))
shown(names(Agent.discover_by_capability("writing")), names(Agent.discoverByCapability("memory")), JSON.stringify(Agent.list_capabilities()))
shown(JSON.stringify(Agent.listCapabilities()) == JSON.stringify(Agent.list_capabilities()))
# What is known of one.
clerk.execute("x")
info = Agent.get_info("clerk")
shown(info.name, info.model, info.status, JSON.stringify(info.tools), Agent.getInfo("poet").name, Agent.info("lead").kind, info.metrics["executions"])
details = Agent.get_details("clerk")
shown(details.max_steps, details.memory["type"], details.mode, Agent.getDetails("team").kind, len(Agent.getDetails("team").parts))
shown(JSON.stringify(Agent.get_hierarchy("team")))
shown(JSON.stringify(Agent.getHierarchy()))
for row in Agent.list_instances():
    shown(row["name"], row["kind"], row["status"], row["metrics"].get("executions"))
shown(len(Agent.listInstances()))
# A newer one takes the name; removed ones go on for those who hold them.
newer = Agent.create(name="Clerk", model="echo", description="Newer")
shown(Agent.get("clerk").description, clerk.description, clerk.execute("still").text, clerk.get_config().description)
shown(Agent.remove("clerk"), Agent.remove("clerk"), Agent.exists("clerk"), newer.execute("here").text)
poet.destroy()
shown(Agent.exists("poet"), names(Agent.list()))
for fn in (Agent.get_info, Agent.get_details, Agent.get_hierarchy, Agent.wrap_as_tool):
    try:
        fn("leed")
    except AgentNotFound as e:
        shown(False, e.code, e.message, e.hint)
