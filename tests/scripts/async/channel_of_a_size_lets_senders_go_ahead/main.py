c = Async.channel(2)
log = []
def produce():
    for i in range(1, 5):
        c.send(i)
        log.append(f"sent {i}")
t = Async.spawn(produce)
Async.sleep(0)
Async.sleep(0)
print(JSON.stringify(log))
for _ in range(4):
    log.append(f"got {c.receive()}")
t.wait()
print(len(log))
