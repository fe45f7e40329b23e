# The model tells all that was said to it, and its system prompt.
def teller():
    return {"scripted": {"turns": ["({{system}}) {{said}}"], "repeat": "last"}}


def one_line(text):
    return text.replace("\n", " / ")


def shown(*values):
    print(*(str(it).lower() if isinstance(it, bool) else it for it in values), sep="\t")


agent = Agent.create(name="friend", model=teller(), system_prompt="Be kind.")
talk = agent.conversation()
shown(one_line(talk.send("one").text))
shown(one_line(talk.chat("two").text), one_line(talk.ask({"text": "three"}).text), one_line(talk.execute("four", system_prompt="Once.").text))
for i, m in enumerate(talk.history(), 1):
    shown(i, m["role"], one_line(m["text"]))
# A fork goes on by itself; the agent itself and other conversations know nothing of it.
fork = talk.fork()
shown(one_line(fork.send("five").text), len(talk.history()), len(fork.history()))
talk.clear()
shown(len(talk.history()), one_line(talk.send("anew").text), one_line(agent.execute("alone").text), one_line(agent.conversation().send("other").text))
# Streamed, to a function and as a loop.
shown(one_line(talk.stream("seen", lambda e: None).text))
for e in talk.stream("looped"):
    if e.type == "done":
        shown(one_line(e.text))
shown(len(talk.history()))
# What fails is not remembered.
flaky = Agent.create(name="flaky", model={"scripted": [{"text": "first"}, {"error": "bad_request"}, {"text": "again: {{said}}"}]})
t = flaky.conversation()
t.send("a")
try:
    t.send("b")
except ProviderError as e:
    shown(False, e.code, len(t.history()), one_line(t.send("c").text))
try:
    t.send("")
except BadArgument as e:
    shown(False, e.message)
# At the same time: one after the other.
both = agent.conversation()
Async.all([Async.spawn(lambda: both.send("x")), Async.spawn(lambda: both.send("y"))])
shown(one_line(both.send("z").text))
# chat is the agent's own conversation.
shown(one_line(agent.chat("p").text), one_line(agent.chat({"text": "q"}).text))
agent.forget()
shown(one_line(agent.chat("r").text))
agent.clear_memory()
shown(one_line(agent.chat("s").text))
# Composites talk, too.
chain = Agent.create_composite("chain", [agent, agent], "sequential")
c = chain.conversation()
shown(one_line(c.send("hi").text), len(c.history()))
