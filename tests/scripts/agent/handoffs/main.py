def one_line(text):
    return text.replace("\n", " / ")


def shown(*values):
    print(*(str(it).lower() if isinstance(it, bool) else it for it in values), sep="\t")


# The model gives the conversation, with its state, to another agent.
billing = Agent.create(
    name="billing", description="Invoices", system_prompt="You bill.",
    model={"scripted": {"turns": [{"when": {"said": "refund"}, "text": "Refunded."}, {"when": {"input": "*"}, "text": "Billing: {{input}}"}]}},
)
desk = Agent.create(
    name="desk",
    model={"scripted": [{"text": "One moment.", "tool": "transfer_to_billing", "arguments": {"reason": "It is about money", "context": {"order": 7}}, "cost_usd": 0.25}]},
    handoffs=[billing],
)
r = desk.execute("I want a refund")
shown(r.text, r.agent, r.cost_usd, JSON.stringify(r.metadata))
for step in r.steps:
    shown(step.kind, step.thought, step.action, JSON.stringify(step.input))
for m in r.messages:
    shown(m.role, one_line(m.text))
shown(r.tool_calls[0].name, JSON.stringify(desk.get_config().handoffs), desk.has_tool("transfer_to_billing"))
# By name, and a conversation stays with the one who took it.
front = Agent.create(name="front", model={"scripted": ["Hello.", {"tool": "transfer_to_billing", "arguments": {}}]}, handoffs=["billing"])
talk = front.conversation()
shown(talk.send("hi").agent, talk.send("about my invoice").agent, talk.send("and the other one").text, len(talk.history()))
talk.clear()
try:
    talk.send("anew")  # with the first one, who has no turn left
except ProviderError as e:
    shown(False, e)
# The script gives it.
first = Agent.create(name="first", memory="buffer", model={"scripted": {"turns": ["noted"], "repeat": "last"}})
first.execute("my name is Ada")
teller = Agent.create(name="teller", model={"scripted": {"turns": ["{{said}}"], "repeat": "last"}})
other = first.handoff(teller, {"mood": "calm"})
shown(one_line(other.send("who am I?").text))
shown(len(first.handoff("teller").history()))
# From one to the next to the next: somebody stops it.
chain = teller
for i in range(1, 13):
    chain = Agent.create(name="n" + str(i), model={"scripted": [{"tool": "transfer_to_" + chain.name, "arguments": {}}]}, handoffs=[chain])
try:
    chain.execute("round and round")
except AgentStopped as e:
    shown(False, e.code, e.details["reason"], e.message)
