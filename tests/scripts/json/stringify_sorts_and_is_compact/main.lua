print(JSON.stringify({ b = 1, a = { 1, 2, 3 }, c = { z = true, y = false } }))
print(JSON.encode({ 1, "two", 3.5 }))
