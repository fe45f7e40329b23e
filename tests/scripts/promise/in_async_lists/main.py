p = Promise.resolve("p")
print(JSON.stringify(Async.all([p, Async.spawn(lambda: "t"), lambda: "f"])))
print(Async.race([Promise.new(lambda resolve, reject: None), Promise.resolve("first")]))
