s = Streaming.create(lambda emit: None)
print(str(s.is_done()).lower(), str(s.next() is None).lower(), len(s.collect()), sep="\t")
