local t = Async.spawn(function() print("task") end)
print("main")
t:await()
print("end")
