c = Async.channel(1)
got = []
def work():
    while (v := c.receive()) is not None:
        got.append(v)
workers = [Async.spawn(work) for _ in range(3)]
for i in range(1, 10):
    c.send(i)
c.close()
Async.all(workers)
print(JSON.stringify(sorted(got)))
