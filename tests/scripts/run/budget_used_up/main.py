turn = {"text": "hello", "usage": {"input_tokens": 30, "output_tokens": 995}, "times": 9}
agent = Agent.create(name="greeter", model={"scripted": [turn]}, max_tokens=995)
print(agent.execute("Say hello.").text)
print(agent.execute("Say hello.").text)
