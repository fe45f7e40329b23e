log = []
def produce(emit):
    for i in range(1, 101):
        log.append(i)
        emit(i)
s = Streaming.create(produce)
print(len(log))
s.next()
s.next()
print(str(len(log) <= 3).lower())
