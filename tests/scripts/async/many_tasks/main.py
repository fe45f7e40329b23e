def work(i):
    Async.sleep(0)
    return i
tasks = [Async.spawn(work, i) for i in range(1, 1001)]
print(sum(t.wait() for t in tasks))
