local c = Async.channel()
print("waiting")
c:receive()
print("never")
