t = Async.spawn(lambda a, b: a + b, 2, 3)
print(t.status())
print(t.wait())
print(t.status(), str(t.done()).lower(), sep="\t")
