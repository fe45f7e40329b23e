def one_line(text):
    return text.replace("\n", " / ")


def shown(*values):
    print(*(str(it).lower() if isinstance(it, bool) else it for it in values), sep="\t")


def teller():
    return {"scripted": {"turns": ["{{said}}"], "repeat": "last"}}


def told(name, **fields):
    agent = Agent.create(name=name, model=teller(), **fields)
    texts = [one_line(agent.execute("n" + str(i)).text) for i in range(1, 5)]
    shown(name, "; ".join(texts), agent.get_state()["messages"])
    return agent


told("nothing")
told("none", memory="none")
agent = told("buffer", memory="buffer")
agent.forget()
shown(agent.get_state()["messages"], agent.execute("anew").text)
told("window", memory={"kind": "window", "max_messages": 4})
told("length", max_conversation_length=2)
# Beyond max_tokens the model sums up what was said; the summary is shown to it as the system's.
summed = {"scripted": {"turns": [{"when": {"system": "Summarise"}, "text": "SHORT"}, {"when": {"input": "*"}, "text": "[{{system}}] {{said}}"}]}}
talker = Agent.create(name="summary", model=summed, memory={"kind": "summary", "max_tokens": 100})
long = "word " * 40
for i in range(1, 4):
    talker.execute(long + str(i))
shown(one_line(talker.execute("what did I say?").text.replace("word ", "")))
# What fails is not remembered, what is overridden is.
flaky = Agent.create(name="flaky", memory=True, model={"scripted": [{"error": "bad_request"}, "{{said}}", "{{said}}"]})
try:
    flaky.execute("lost")
except ProviderError as e:
    shown(False, e)
shown(flaky.execute("kept", system_prompt="x").text, one_line(flaky.execute("more").text))
# Tools and their answers are remembered whole.
user = Agent.create(name="user", memory="window", model={"scripted": [{"tool": "calculator", "arguments": {"input": "1"}}, "one", "{{said}}"]}, tools=["calculator"])
user.execute("first")
shown(user.get_state()["messages"], one_line(user.execute("second").text), user.get_state()["messages"])
