def shown(*values):
    print(*("nil" if it is None else it for it in values), sep="\t")


# Each waits for the other: only calls that run at the same time get anywhere.
ping, pong = Async.channel(1), Async.channel(1)
order = []


def tool(name, fn):
    def execute(p):
        order.append(name + " begins")
        answer = fn(p["x"])
        order.append(name + " ends")
        return answer

    return Tool.create(name=name, description=name, parameters={"x": "integer"}, execute=execute)


def first(x):
    ping.send(x)
    return "first got " + str(pong.receive())


def second(x):
    got = ping.receive()
    pong.send(x)
    return "second got " + str(got)


agent = Agent.create(
    name="boss",
    model={"scripted": [
        {"text": "Both at once.", "calls": [{"tool": "first", "arguments": {"x": 1}}, {"tool": "second", "arguments": {"x": 2}}]},
        "{{tool_results}}",
    ]},
    tools=[tool("first", first), tool("second", second)],
)
r = agent.execute("Go")
print(r.text)
for i, step in enumerate(r.steps, 1):
    shown(i, step.kind, step.thought, step.action, step.observation)
for m in r.messages:
    shown(m.role, m.get("name"), m.get("text"))
shown(order[0], len(order))


# Agents among them, and one of them fails: the others are not disturbed.
def member(name, turn):
    return Agent.create(name=name, description=name, model={"scripted": [turn]})


calls = [{"tool": "a", "arguments": {"input": "1"}}, {"tool": "b", "arguments": {"input": "2"}}, {"tool": "c", "arguments": {"input": "3"}}]
lead = Agent.create(
    name="lead",
    model={"scripted": [{"calls": calls}, "{{tool_results}}"]},
    tools=[member("a", {"text": "a: {{input}}", "cost_usd": 0.25}), member("b", {"error": "bad_request"}), member("c", {"text": "c: {{input}}", "cost_usd": 0.5})],
)
r = lead.execute("Go")
shown(r.text, r.cost_usd)
for call in r.tool_calls:
    shown(call.name, call.result, call.error)
