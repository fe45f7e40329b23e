print(JSON.stringify(Async.map({ 1, 2, 3, 4, 5 }, function(n) Async.sleep(0.005 * (6 - n)) return n * n end)))
print(JSON.stringify(Async.map({ "a", "b" }, function(s) return Tool.execute("text-manipulator", { operation = "uppercase", input = s }).result end)))
