# Each agent's tool waits until all agents are there: they really work at the same time.
N, there, gate = 60, 0, Async.channel(60)


def wait_for_all(p):
    global there
    there = there + 1
    if there == N:
        for _ in range(N):
            gate.send(True)
    gate.receive()
    return p["i"] * p["i"]


meet = Tool.create(name="meet", description="Wait for all", parameters={"i": "integer"}, execute=wait_for_all)
numbers = list(range(1, N + 1))


def square(i):
    agent = Agent.create(name="agent " + str(i), model={"scripted": [{"tool": "meet", "arguments": {"i": i}}, "{{last_tool_result}}"]}, tools=[meet])
    return agent.execute("Go").text


answers = Async.map(numbers, square, limit=N)
print(len(answers), answers[0], answers[6], answers[N - 1], len(Agent.list()), sep="\t")
# One agent, asked many times at once, with a bound on how many.
one = Agent.create(name="one", model="echo")
answers = Async.map(numbers, lambda i: one.execute("n" + str(i)).text, limit=8)
print(answers[0], answers[N - 1], one.get_metrics()["executions"], sep="\t")


# The first failure stops the others, where nobody handles it.
def failing(i):
    turn = {"error": "bad_request"} if i == 2 else {"text": "late", "delay_ms": 20000}
    return Agent.create(model={"scripted": [turn]}).execute("x")


try:
    Async.map([1, 2, 3], failing)
except ProviderError as e:
    print("false", e.code, sep="\t")
fast = Async.race([
    Async.spawn(lambda: Agent.create(model={"scripted": [{"text": "slow", "delay_ms": 20000}]}).execute("x").text),
    Async.spawn(lambda: one.execute("fast").text),
])
print(fast)
