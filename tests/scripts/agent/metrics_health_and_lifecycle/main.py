def shown(*values):
    print(*("nil" if it is None else str(it).lower() if isinstance(it, bool) else it for it in values), sep="\t")


turn = {"text": "ok", "usage": {"input_tokens": 4, "output_tokens": 2}, "cost_usd": 0.25}
agent = Agent.create(name="worker", model={"scripted": [turn, turn, {"error": "bad_request"}, turn]})


def state():
    m, h = agent.get_metrics(), agent.get_health()
    shown(m.executions, m.failures, m.input_tokens, m.output_tokens, m.total_tokens, m.cost_usd * 4 == m.executions - m.failures, m.total_ms >= 0, m.average_ms <= m.total_ms)
    last = agent.get_last_error()
    shown(h.status, h.healthy, h.last_error and h.last_error["code"], agent.is_healthy(), last and last["message"])


state()
agent.execute("a")
agent.execute("b")
state()
try:
    agent.execute("c")
except ProviderError as e:
    shown(False, e)
state()
agent.execute("d")
state()
shown(agent.getMetrics().executions, agent.getHealth().status, agent.isHealthy(), agent.getLastError()["code"], agent.getMetrics().last_error["code"], agent.getConfig().name)
# One that is paused or stopped refuses until it goes on; one that is destroyed has no name any more.
echo = Agent.create(name="echo one", model="echo")


def tried():
    try:
        found = True, echo.execute("x").text
    except AgentStopped as e:
        found = False, e.code + ": " + e.message
    shown(*found, echo.get_health().status, Agent.exists("echo one"))


echo.pause()
tried()
echo.resume()
tried()
echo.stop()
tried()
echo.resume()
tried()
echo.destroy()
tried()
talk = Agent.create(name="t", model="echo").conversation()
Agent.get("t").pause()
try:
    talk.send("x")
except AgentStopped as e:
    shown(False, e)
for e in Agent.create(name="s", model="echo").stream("x"):
    if e.type == "done":
        shown(e.text)
lead = Agent.create(name="lead", model={"scripted": [{"tool": "t", "arguments": {"input": "x"}}, "{{last_tool_result}}"]}, tools=["t"])
shown(lead.execute("go").text.replace("\n", " / "))
