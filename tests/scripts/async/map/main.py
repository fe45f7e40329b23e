def square(n):
    Async.sleep(0.005 * (6 - n))
    return n * n
print(JSON.stringify(Async.map([1, 2, 3, 4, 5], square)))
print(JSON.stringify(Async.map(["a", "b"], lambda s: Tool.execute("text-manipulator", {"operation": "uppercase", "input": s}).result)))
