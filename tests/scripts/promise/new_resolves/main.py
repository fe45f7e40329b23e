p = Promise.new(lambda resolve, reject: resolve(42))
print(p.wait())
held = []
q = Promise.new(lambda resolve, reject: held.append(resolve))
def settle():
    held[0]("late")
    held[0]("ignored")
Async.spawn(settle)
print(q.wait())
