def shown(*values):
    print(*("nil" if it is None else str(it).lower() if isinstance(it, bool) else it for it in values), sep="\t")


def saying(name, text, **more):
    turn = {"text": text, "cost_usd": 0.25, "usage": {"input_tokens": 4, "output_tokens": 2}, **more}
    return Agent.create(name=name, description="Says " + name, model={"scripted": {"turns": [turn], "repeat": "last"}})


def members(r):
    for it in r.metadata["members"]:
        shown("", it["name"], it["success"], it["text"], it["error"] and it["error"]["code"], it["model"], it["cost_usd"] > 0)


one, two = saying("one", "1({{input}})"), saying("two", "2({{input}})")
chain = Agent.create_composite("chain", [one, "two", one], "sequential")
shown(chain.name, chain.description, chain.model == "", repr(chain)[1:-1], JSON.stringify(chain.get_config()["parts"]))
r = chain.execute("x")
shown(r.text, r.agent, r.model, r.cost_usd, r.usage["total_tokens"], r.metadata["pattern"])
members(r)
for step in r.steps:
    shown(step.kind, step.action, step.input, step.observation)
side = Agent.createComposite("side", [one, two, one], "parallel", max_concurrency=2)
r = side.execute({"text": "x"})
shown(r.text.replace("\n", "|"), JSON.stringify(r.data), r.cost_usd)
members(r)
# They really work at the same time: each waits for the other.
ping, pong = Async.channel(1), Async.channel(1)


def waiting(name, fn):
    tool = {"name": "wait", "description": "w", "parameters": {}, "execute": fn}
    return Agent.create(name=name, model={"scripted": [{"tool": "wait", "arguments": {}}, "{{last_tool_result}}"]}, tools=[tool])


def left(params):
    ping.send("l")
    return "got " + pong.receive()


def right(params):
    got = ping.receive()
    pong.send("r")
    return "got " + got


r = Agent.composite("meeting", [waiting("left", left), waiting("right", right)], "parallel").execute("meet")
shown(JSON.stringify(r.data))
# One that fails: all of it, or the others go on.
bad = saying("bad", "", error="bad_request")
try:
    Agent.create_composite("c", [one, bad, two], "sequential").execute("x")
except ProviderError as e:
    shown(False, e.code, e.message)
r = Agent.create_composite("c", [one, bad, two], "sequential", on_error="continue").execute("x")
shown(r.text)
members(r)
try:
    Agent.create_composite("p", [one, bad], "parallel").execute("x")
except ProviderError as e:
    shown(False, e.code)
r = Agent.create_composite("p", [one, bad, two], "parallel", {"fail_fast": False}).execute("x")
shown(JSON.stringify(r.data))
try:
    Agent.create_composite("p", [bad, bad], "parallel", on_error="continue").execute("x")
except ProviderError as e:
    shown(False, e.code)
# A composite is an agent: a member, a tool, one that has a name.
nested = Agent.create_composite("nested", [chain, "side"], "sequential")
shown(nested.execute("y").text.replace("\n", "|"))
shown(Agent.get("nested").name, Agent.get_info("nested")["kind"], JSON.stringify(Agent.get_hierarchy("nested")["parts"][0]["name"]))
