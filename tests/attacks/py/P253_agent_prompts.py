# id: P253_agent_prompts
# tries: prompts of megabytes in a loop, to agents that remember and agents that are made of them
# class: memory
# expect: killed
# limit: 5
try:
    print(Agent.create(model="echo").execute("began").text)
except Exception as problem:
    print(problem)
big = "x " * 2500000
i = 0
while True:
    i += 1
    try:
        agent = Agent.create(name="a" + str(i % 7), model="echo", system_prompt=big, memory="buffer", custom={"x": big})
        for n in range(5):
            agent.execute(big)
            agent.conversation().send(big)
            agent.set_state("k" + str(i), big)
    except Exception:
        pass
