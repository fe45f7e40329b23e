def shown(*values):
    print(*(str(it).lower() if isinstance(it, bool) else it for it in values), sep="\t")


def tried(fn):
    try:
        fn()
    except LLMSpellError as e:
        return False, e.code


slow = Agent.create(name="slow", memory="buffer", model={"scripted": {"turns": [{"when": "slow", "text": "late", "delay_ms": 20000}, {"when": "*", "text": "at once"}]}})
shown(*tried(lambda: Async.timeout(0.05, lambda: slow.execute("slow"))))
task = Async.spawn(lambda: slow.execute("slow").text)
Async.sleep(0.01)
task.cancel()
shown(*tried(task.wait))
# It goes on as if nothing had been, and remembers nothing of it.
shown(slow.execute("fast").text, slow.get_state()["messages"], slow.is_healthy())
# Tools that are under way are ended with it.
steps, begun = [], Async.channel(1)


def wait(params):
    steps.append("begins")
    begun.send(True)
    Async.sleep(20)
    steps.append("ends")


tool = Tool.create(name="wait", description="w", parameters={}, execute=wait)
user = Agent.create(name="user", model={"scripted": {"turns": [{"tool": "wait", "arguments": {}}], "repeat": "last"}}, tools=[tool])
task = Async.spawn(lambda: user.execute("x"))
begun.receive()
task.cancel()
shown(*tried(task.wait), " ".join(steps))
talk = slow.conversation()
shown(*tried(lambda: Async.timeout(0.05, lambda: talk.send("slow"))), len(talk.history()), talk.send("fast").text)
team = Agent.create_composite("team", [slow, slow], "parallel")
shown(*tried(lambda: Async.timeout(0.05, lambda: team.execute("slow"))), team.execute("fast").data["slow"])
