def shown(*values):
    print(*("nil" if it is None else str(it).lower() if isinstance(it, bool) else it for it in values), sep="\t")


def failing(*turns):
    return {"scripted": list(turns)}


# What is worth it is tried again; the answer does not tell.
agent = Agent.create(name="tried", model=failing({"error": {"status": 429, "retry_after_s": 0}}, "at last"), retries=1)
shown(agent.execute("x").text, agent.get_metrics()["failures"])


def wrong(**fields):
    try:
        r = Agent.create(**fields).execute("x")
        shown(True, r.text, r.model)
    except ProviderError as e:
        d = e.details
        shown(False, e.code, e.message)
        shown("", d["provider"], d["model"], d["kind"], d.get("status"), d.get("request_id"), d["retryable"], d["attempts"], d["agent"], d["cost_usd"] == 0)


wrong(name="no retries", model=failing({"error": {"status": 429, "message": "slow down", "request_id": "req-7"}}, "at last"), retries=0)
wrong(name="not worth it", model=failing({"error": {"status": 401, "message": "wrong key"}}, "at last"), retries=5)
wrong(name="malformed", model=failing({"error": {"malformed": "choices"}}), retries=0)
# After the first model the next ones, which may be aliases.
wrong(name="spare", model=failing({"error": "context_length"}), fallback=["scripted/down", "spare", "echo"])
wrong(name="all", model=failing({"error": "bad_request"}), fallback=["scripted/down"])
# Nothing is asked twice that was already streamed.
said = []
try:
    Agent.create(model=failing({"text": "Once upon", "error": "interrupted"}), fallback=["echo"], retries=3).stream(
        "x", lambda event: said.append(event.text) if event.type == "text" else None
    )
except ProviderError as e:
    shown(False, e.details["kind"], "".join(said), e.details["text"])
# What a tool's model fails with is that tool's answer.
inner = Agent.create(name="inner", model="scripted/down")
outer = Agent.create(model=failing({"tool": "inner", "arguments": {"input": "x"}}, "{{last_tool_result}}"), tools=[inner])
shown(outer.execute("x").text.replace("\n", " "))
