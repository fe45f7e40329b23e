Async.spawn(function() Async.sleep(60) print("never") end)
print("main ends")
