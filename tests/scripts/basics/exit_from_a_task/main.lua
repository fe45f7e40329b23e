local t = Async.spawn(function() os.exit(9) end)
t:await()
print("not reached")
