# A tool that asks its own agent would go on for ever.
again = Tool.create(name="again", description="Asks again.", execute=lambda params: agent.execute("go").text)
turns = {
    "scripted": [
        {"when": {"after_tool": True}, "text": "{{last_tool_result}}"},
        {"when": {"after_tool": False}, "tool": "again"},
    ]
}
agent = Agent.create(name="loop", model=turns, tools=[again])
text = agent.execute("go").text
found = "agents call each other too deep: loop → loop"
print(found if found in text else None, text.count("→"), sep="\t")
