order = []
def work(i, s):
    Async.sleep(s)
    order.append(i)
Async.all([Async.spawn(work, i, s) for i, s in ((1, 0.05), (2, 0.01), (3, 0.03))])
print(JSON.stringify(order))
