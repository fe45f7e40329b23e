t = Async.spawn(lambda: print("task"))
print("main")
t.wait()
print("end")
