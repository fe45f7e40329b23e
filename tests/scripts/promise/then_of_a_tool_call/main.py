p = Promise.new(lambda resolve, reject: resolve(Async.spawn(lambda: Tool.execute("calculator", {"input": "6*7"}).result)))
print(p.then(lambda v: v + 0).wait())
