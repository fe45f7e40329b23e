turns = [{"text": "a fairly long answer that costs a little", "times": 99}]
agent = Agent.create(model={"scripted": turns})
n, code = 0, None
while code is None and n < 20:
    try:
        agent.execute("how much does this question cost, and how much the answer to it?")
        n += 1
    except LLMSpellError as e:
        code = e.code
print(code, str(n > 0).lower(), sep="\t")
