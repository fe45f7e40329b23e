def tree(depth):
    if depth == 0:
        return 1
    a, b = Async.spawn(tree, depth - 1), Async.spawn(tree, depth - 1)
    return a.wait() + b.wait()
print(tree(6))
