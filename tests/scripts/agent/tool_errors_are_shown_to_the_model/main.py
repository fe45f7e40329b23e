def execute(p):
    if p["n"] == 13:
        raise LLMSpellError("not this one", code="bad_luck", hint="take another")
    if p["n"] == 14:
        raise LLMSpellError("it broke", code="script_error")
    if p["n"] == 15:
        return {"success": False, "error": "no luck", "text": "tried in vain"}
    return p["n"] * 2


picky = Tool.create(name="picky", description="Wants a number", parameters={"n": {"type": "integer", "minimum": 1}}, execute=execute)
agent = Agent.create(
    name="learner",
    model={"scripted": [
        {"tool": "picky", "arguments": {"n": 13}},
        {"tool": "picky", "arguments": {"n": 14}},
        {"tool": "picky", "arguments": {"n": 15}},
        {"tool": "picky", "arguments": {"n": "many"}},
        {"tool": "picky", "arguments": {}},
        {"tool": "picky", "raw": '{"n": 1'},
        {"tool": "picky", "raw": "[1]"},
        {"tool": "piky", "arguments": {"n": 1}},
        {"tool": "rm", "arguments": {}},
        {"tool": "http-requester", "arguments": {"url": "https://example.com"}},
        {"tool": "file-operations", "arguments": {"operation": "read", "path": "/etc/hostname"}},
        {"tool": "picky", "arguments": {"n": 21}},
        "{{last_tool_result}}",
    ]},
    tools=[picky, "file-operations"],
)
r = agent.execute("Go")
for i, call in enumerate(r.tool_calls, 1):
    print(i, call.name, "failed" if call.error else "ok", sep="\t")
    print(r.steps[i - 1].observation.replace("\n", " / "))
print(r.text, r.steps[5].input, str(r.messages[2].is_error).lower(), sep="\t")
print(agent.get_metrics()["failures"], str(agent.is_healthy()).lower(), sep="\t")
