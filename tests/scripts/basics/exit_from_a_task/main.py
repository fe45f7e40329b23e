import sys
t = Async.spawn(lambda: sys.exit(9))
t.wait()
print("not reached")
