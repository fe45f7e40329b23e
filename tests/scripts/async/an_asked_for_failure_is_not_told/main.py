def fail():
    raise ValueError("lost")

task = Async.spawn(fail)
Async.sleep(0.01)
print(task.status())
