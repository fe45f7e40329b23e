def squares(n):
    for i in range(1, n + 1):
        yield Tool.execute("calculator", {"input": f"{i}^2"}).result
def run():
    Async.sleep(0)
    return "other"
other = Async.spawn(run)
for s in squares(4):
    print(s)
print(other.wait())
