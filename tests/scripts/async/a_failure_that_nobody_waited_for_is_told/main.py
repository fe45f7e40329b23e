def fail():
    raise ValueError("lost")

Async.spawn(fail)
Async.sleep(0.01)
print("end")
