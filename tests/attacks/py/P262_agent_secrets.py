# id: P262_agent_secrets
# tries: make agents, their errors and their settings tell the host's environment
# class: secrets
# expect: blocked
# limit: 5
try:
    print(Agent.create(model="echo").execute("began").text)
except Exception as problem:
    print(problem)
shown = []
def show(attempt):
    try:
        it = attempt()
        shown.append(str(it))
        return it
    except Exception as problem:
        shown.append(str(problem) + str(getattr(problem, "details", "")) + str(getattr(problem, "hint", "")))
tricks = ["$SANDBOX_CANARY", "${SANDBOX_CANARY}", "{{SANDBOX_CANARY}}", "{{ env.SANDBOX_CANARY }}", "{0.__class__.__init__.__globals__}", "%(SANDBOX_CANARY)s"]
for trick in tricks:
    for fields in (
        {"model": {"scripted": [{"text": trick}]}}, {"model": "echo", "system_prompt": trick}, {"model": "openai/" + trick},
        {"model": "m", "base_url": "http://" + trick + ".example"}, {"model": "openai/gpt-5", "headers": {"X": trick}},
        {"model": "openai/gpt-5", "api_key": {"env": "SANDBOX_CANARY"}}, {"model": "openai/gpt-5", "api_key": trick, "retries": 0},
        {"model": "openai/gpt-5", "headers": {"X": {"env": "SANDBOX_CANARY"}}}, {"model": "openai/gpt-5", "extra": {"user": trick}},
    ):
        agent = show(lambda: Agent.create(**fields))
        if agent is not None:
            show(lambda: agent.execute(trick))
            show(lambda: agent.get_config())
            show(lambda: agent.get_last_error())
            show(lambda: Agent.get_details(agent.name))
    show(lambda: Agent.create_from_template("t", "chat", {"role": trick}))
for attempt in (lambda: Provider.list(), lambda: Provider.get("openai"), lambda: Config.get(), lambda: Agent.list_templates()):
    show(attempt)
text = "\n".join(shown)
print(len(text))
if "canary-" in text:
    print("LEAK", text[text.index("canary-"):][:30])
