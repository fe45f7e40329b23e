def work(i):
    for step in range(1, 4):
        print(f"{i}.{step}")
        Async.sleep(0)
    return i * 10
tasks = [Async.spawn(work, i) for i in range(1, 4)]
print(JSON.stringify(Async.all(tasks)))
