items = [3, 1, 2]
n = 0
def count():
    global n
    for _ in range(3):
        n += 1
        Async.sleep(0)
other = Async.spawn(count)
items = sorted(items, key=lambda a: Tool.execute("calculator", {"input": f"{a} + 0"}).result)
other.wait()
print(JSON.stringify(items), n, sep="\t")
