def produce(emit):
    for i in range(1, 5):
        emit(i)
s = Streaming.create(produce)
print(s.next(), str(s.is_done()).lower(), sep="\t")
print(JSON.stringify(s.collect()))
print(str(s.is_done()).lower(), str(s.next() is None).lower(), sep="\t")
