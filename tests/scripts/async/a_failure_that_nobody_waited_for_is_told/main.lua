Async.spawn(function() error("lost") end)
Async.sleep(0.01)
print("end")
