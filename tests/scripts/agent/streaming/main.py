def shown(*values):
    print(*("nil" if it is None else str(it).lower() if isinstance(it, bool) else it for it in values), sep="\t")


agent = Agent.create(
    name="teller",
    model={"scripted": {"turns": [
        {"reasoning": "I must add", "text": "Let me see.", "tool": "calculator", "arguments": {"input": "1 + 2"}, "usage": {"input_tokens": 5, "output_tokens": 7}, "cost_usd": 0.25},
        {"chunks": ["It ", "is ", "{{last_tool_result}}."], "usage": {"input_tokens": 9, "output_tokens": 3}, "cost_usd": 0.5},
    ], "repeat": "all"}},
    tools=["calculator"],
)


def show(e):
    if e.type in ("text", "reasoning"):
        shown(e.type, "[" + e.text + "]", e.agent)
    elif e.type == "tool_start":
        shown(e.type, e.id, e.name, JSON.stringify(e.arguments), e.agent)
    elif e.type == "tool_end":
        shown(e.type, e.id, e.name, e.text, JSON.stringify(e.result), e.error, e.duration_ms >= 0)
    elif e.type == "progress":
        shown(e.type, e.step, e.max_steps, e.usage["input_tokens"], e.usage["output_tokens"], e.cost_usd)
    elif e.type == "done":
        shown(e.type, e.text, e.model, e.usage["total_tokens"], len(e.steps), e.success)
    else:
        shown(e.type, e.code, e.message)


# To a function, which may itself call the host; the whole answer comes back.
n = 0


def watch(e):
    global n
    n = n + 1
    Async.sleep(0)
    show(e)


r = agent.stream("How much?", watch)
shown(r.text, r.cost_usd, n)
# As a loop, under every name.
print(*[e.type for e in agent.stream("How much?")])
for name in ("invokeStream", "invoke_stream", "executeStream", "execute_stream"):
    print("[" + "".join(e.text for e in getattr(agent, name)({"text": "How much?"}) if e.type == "text") + "]", end=" ")
print()
# By hand: next, and result, which skips what was not read.
s = agent.stream("How much?")
shown(s.next().text, s.next().type, s.result().text, s.result().cost_usd, repr(s)[1:-1])
while s.next():
    pass
shown(s.next())


# An error comes after what was there before it, as an event and then as an error.
broken = Agent.create(name="broken", model={"scripted": {"turns": [{"text": "But wait", "error": "bad_request"}], "repeat": "last"}})
try:
    for event in broken.stream("x"):
        show(event)
except ProviderError as e:
    shown(False, e.code, e.details["kind"])
try:
    broken.stream("x", show)
except ProviderError as e:
    shown(False, e.code)
s = broken.stream("x")
try:
    s.result()
except ProviderError as e:
    shown(False, e.message)


# What the function raises ends the agent.
def enough(event):
    raise LLMSpellError("stop it", code="enough")


try:
    agent.stream("x", enough)
except LLMSpellError as e:
    shown(False, e.code, e.message)
# Agents inside come through under their own names.
inner = Agent.create(name="inner", model={"scripted": ["deep"]})
outer = Agent.create(name="outer", model={"scripted": [{"tool": "inner", "arguments": {"input": "x"}}, "high"]}, tools=[inner])
for e in outer.stream("x"):
    if e.type != "progress":
        print(e.agent, e.type, sep=":", end=" ")
print()
# So do composites.
for e in Agent.create_composite("both", [Agent.create(name="one", model="echo"), Agent.create(name="two", model="echo")], "sequential").stream("hi"):
    if e.type != "progress":
        print(e.agent, e.type, sep=":", end=" ")
print()
