c = Async.channel()
def produce():
    for i in range(1, 6):
        c.send(i)
    c.close()
Async.spawn(produce)
while (v := c.receive()) is not None:
    print(v)
