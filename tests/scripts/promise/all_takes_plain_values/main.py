print(JSON.stringify(Promise.all([1, "two", Promise.resolve(3)]).wait()))
print(Promise.race(["plain", Promise.new(lambda resolve, reject: None)]).wait())
