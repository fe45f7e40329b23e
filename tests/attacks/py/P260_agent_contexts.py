# id: P260_agent_contexts
# tries: contexts, shared memory and states of megabytes
# class: memory
# expect: killed
# limit: 5
try:
    print(Agent.create(model="echo").execute("began").text)
except Exception as problem:
    print(problem)
agent = Agent.create(name="m", model="echo", memory="buffer")
big = "c" * 250000
parent = None
i = 0
while True:
    i += 1
    for attempt in (
        lambda: Agent.create_context({"k" + str(i): big}),
        lambda: Agent.create_child_context("context-1", {"x": big}),
        lambda: Agent.set_shared_memory("s" + str(i), "k", big),
        lambda: agent.set_state("k" + str(i), big),
        lambda: agent.execute_with_context("go", {"x": big}),
    ):
        try:
            attempt()
        except Exception:
            pass
