def produce():
    for i in range(1, 4):
        yield f"v{i}"
s = Streaming.create(produce)
while not s.isDone():
    print(s.next())
