c = Async.channel(2)
shared = {"n": 1}
c.send(lambda x: x * 2)
c.send(shared)
print(c.receive()(21))
c.receive()["n"] = 5
print(shared["n"])
