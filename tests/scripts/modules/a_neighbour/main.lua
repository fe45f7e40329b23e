local m = require("neighbour")
print(m.twice(21), m.name)
print(require("neighbour") == m)
