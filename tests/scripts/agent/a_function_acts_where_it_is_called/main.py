# What a function of the script's does counts as done where it is called: there it may not wait for itself, ...
talk = Agent.create(name="echo", model="echo").conversation()


def watch(event):
    if event.type == "text":
        talk.send("from inside")


try:
    talk.stream("hi", watch)
except BadArgument as e:
    print("false", e.code, e.message, sep="\t")
print(talk.send("from outside").text, len(talk.history()), sep="\t")

# ... and an agent pays for what its tools ask of others.
scripted = {"scripted": [{"text": "sum", "usage": {"input_tokens": 600, "output_tokens": 1}}]}
helper = Agent.create(name="helper", model=scripted)
ask = Tool.create(name="ask", description="Asks.", execute=lambda params: helper.execute("q").text)
turns = {"scripted": [{"tool": "ask"}, {"text": "done"}]}
boss = Agent.create(name="boss", model=turns, tools=[ask], budget={"tokens": 500})
try:
    boss.execute("go")
except BudgetExceeded as e:
    print("false", e.code, e.message[: len("the agent boss may spend 500 tokens")], sep="\t")
rich = Agent.create(name="rich", model=turns, tools=[ask], budget={"tokens": 50000})
helper = Agent.create(name="helper", model=scripted)
print(rich.execute("go").text)

# A large result of a tool is kept as the text that the model saw, once there is too much of them.
large = Tool.create(name="large", description="Large.", execute=lambda params: "x" * (9 * 1024 * 1024))
calls = {"scripted": [{"calls": [{"tool": "large"}, {"tool": "large"}]}, {"text": "read"}]}
answer = Agent.create(model=calls, tools=[large]).execute("go")
print(len(answer.tool_calls[0].result), "true" if len(answer.tool_calls[1].result) < 100000 else "false", sep="\t")
