print("before")
Agent.create(name="teller", model={"scripted": ["x"]}, budget={"tokens": 1}).execute("x")
print("not reached")
